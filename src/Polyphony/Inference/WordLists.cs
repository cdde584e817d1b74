namespace Polyphony.Inference;

/// <summary>What the card mind knows of words: which say nothing, which say little, and which say the same.</summary>
internal static class WordLists
{
    private const string Empty =
        """
        a able about above actually after again ago ah ain all almost along already alright also although always am among amp an and another
        any anybody anyone anything anyway are around as at away back bad be because been before being below besides best better between big bit both btw but
        by bye came can cannot cant come comes coming could couldnt did didnt different do does doesnt doing don done dont down each either else enough
        et etc even ever every everybody everyone everything exactly far few fine for from further gave get gets getting give given gives go goes going gone
        gonna good goodbye got great guess guys ha had haha half happen happened happens hardly has have havent having he hello help hence her here hers hey hi him himself
        his hmm how however id if ill im in indeed instead into is isnt it its itself ive just keep kind knew know known knows lately least less let lets
        like liked little lol look looking looks lot lots made make makes making many may maybe me mean means meant might mine more most much must my myself
        near need needed needs neither never new next nice no nobody none nope nor not nothing now of off often oh ok okay on once one ones only or other
        others our ours out over own perhaps please pls possible possibly pretty probably put quite rather really right said same saw say saying says see
        seem seems seen several shall she should shouldnt since so some somebody somehow someone something sometimes somewhere soon sorry stuff such suppose sure
        take taken takes taking tell thank thanks that thats the their theirs them themselves then there theres these they theyre thing things think
        thinking this those though thought three through thus till to together told too took toward towards tried try trying two under until up upon us use used useful using
        usually various very via want wanted wants was wasnt way ways we well went were werent what whats whatever when where wheres whether which while
        who whole whom whos whose why will with within without wonder wont would wouldnt yeah yep yes yet you youd youll your youre yours yourself youve
        anyhow dear folks room today hear heard hows hope hopefully works working worked stay sit stand sir im
        """;

    private const string Weak =
        """
        work home time day night morning old start end place open find line name year week last first number long ask show call leave turn change check
        move run stop set add hard easy real reason question answer people person world life head hand hour minute month side point word talk speak love
        live learn listen watch plan free late early small large full short high low bring wait write happy feel problem write order case person keep
        """;

    // Each line: words that are compared as if they were the first.
    private const string Alike =
        """
        rain rainy drizzle raining umbrella
        weather forecast climate
        cold freezing frost chilly freeze
        hot heat
        food meal eat ate eaten hungry
        dinner supper
        cook cooking kitchen recipe chef
        bread bake baker bakery dough loaf
        coffee espresso
        sleep slept asleep insomnia nap
        tired exhausted sleepy
        dream dreamt nightmare
        work job office profession career occupation
        money cash wage salary
        film movie cinema
        book novel
        music song tune
        mother mum mom
        father dad
        child children kid
        friend mate buddy
        dog puppy
        cat kitten
        phone mobile telephone smartphone
        computer laptop pc
        code program programming programmer software
        bug glitch
        repair fix mend
        broken broke break
        holiday vacation
        travel trip journey
        train railway
        bus minibus
        afraid fear scared frightened
        lonely alone loneliness lonesome
        sad unhappy upset miserable
        sick ill flu unwell
        football soccer
        joke laugh funny
        garden gardening
        plant flower
        home house flat apartment
        city town
        sea ocean
        boat ship
        learn study student
        translate translation translator interpret interpreter
        argue argument quarrel
        marry married marriage wedding
        mistake blunder
        teach teacher
        """;

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> EmptyWords =
        new HashSet<string>(Split(Empty), StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Meanings =
        ReadMeanings().GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly HashSet<string> WeakWords = [.. Split(Weak).Select(word => SameAs(WordReader.StemOf(word)).ToString())];

    /// <summary>Whether a word, in lower case and as written, stands in any text about anything.</summary>
    public static bool SaysNothing(ReadOnlySpan<char> word) => EmptyWords.Contains(word);

    /// <summary>Whether a word, as <see cref="WordReader"/> gives it, is so common that sharing it means little.</summary>
    public static bool SaysLittle(string word) => WeakWords.Contains(word);

    /// <summary>The word under which those of its meaning are compared.</summary>
    public static ReadOnlySpan<char> SameAs(ReadOnlySpan<char> stem) => Meanings.TryGetValue(stem, out var same) ? same : stem;

    private static string[] Split(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static Dictionary<string, string> ReadMeanings()
    {
        var meanings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Alike.Split('\n'))
        {
            var words = Split(line).Select(WordReader.StemOf).ToArray();
            foreach (var word in words.Skip(1))
            {
                meanings.TryAdd(word, words[0]);
            }
        }

        return meanings;
    }
}
