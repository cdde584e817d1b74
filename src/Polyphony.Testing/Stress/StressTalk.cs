using System.Globalization;

namespace Polyphony.Testing.Stress;

/// <summary>
/// What is said in a trial. Thin: the seed's pings and pongs. Full: short sentences that differ from each other, so that memory admits them and nobody is taken to repeat itself.
/// The same number gives the same words.
/// </summary>
internal static class StressTalk
{
    private const int WordsInSentence = 9;
    private const int LongestSentence = 160;

    private static readonly string[] Words =
    [
        "anchor", "barley", "candle", "dovetail", "ember", "fennel", "gravel", "harbour", "inkwell", "juniper", "kettle", "lantern", "mortar", "nettle", "orchard", "pebble",
        "quarry", "rafter", "saddle", "thimble", "umber", "velvet", "willow", "yarrow", "zither", "almanac", "bellows", "cistern", "drizzle", "easel", "furrow", "girder",
        "hinge", "ironwork", "jetty", "kiln", "ladder", "marrow", "needle", "oatmeal", "plaster", "quilt", "ribbon", "spindle", "turnip", "upland", "vinegar", "weathercock",
        "awning", "buckle", "cobble", "driftwood", "eyelet", "flint", "gosling", "hemlock", "isthmus", "jasmine", "knapsack", "lichen", "millstone", "nutmeg", "osier", "pewter",
    ];

    public static string Message(StressMind mind, long number) =>
        mind == StressMind.Thin ? string.Create(CultureInfo.InvariantCulture, $"ping-{number}") : Sentence("What of", number, 0x9E3779B97F4A7C15);

    /// <summary>What the model of a trial writes: its decision by the JSON protocol, or the shared analysis where it is asked for one.</summary>
    public static string Answer(StressMind mind, OpenCall call)
    {
        if (call.Offer is not { } offer)
        {
            return """{"summary":"Somebody asks about trades.","keyConcepts":["trade"],"intent":"question","suggestedAngles":{"trade 0":"Say how it is done."}}""";
        }

        return mind == StressMind.Thin
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"will_respond":true,"response":"pong-{{offer.Turn.Value}}"}""")
            : $$"""{"will_respond":true,"response":"{{Sentence("I would take", offer.Turn.Value, 0xD1B54A32D192ED03)}}"}""";
    }

    private static string Sentence(string opening, long number, ulong salt)
    {
        Span<char> text = stackalloc char[LongestSentence];
        opening.CopyTo(text);
        var (length, state) = (opening.Length, ((ulong)number + 1) * salt);
        for (var i = 0; i < WordsInSentence; i++)
        {
            // Steps of splitmix64; its own constants.
            state += 0x9E3779B97F4A7C15;
            var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            var word = Words[(mixed >> 58) & 63];
            text[length++] = ' ';
            word.CopyTo(text[length..]);
            length += word.Length;
        }

        text[length++] = '?';
        return new(text[..length]);
    }
}
