using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Turns;
using Polyphony.Turns.Speech;

namespace Polyphony.Benchmarks;

/// <summary>The check of a reply, and the reading of an answer, against one pass over the text that looks at every character.</summary>
[MemoryDiagnoser]
public class CheckBenchmarks
{
    private const string Short = "The wall leans a little, and the beans lean with it.";

    private static readonly string Long = string.Concat(Enumerable.Range(1, 40).Select(i => $"Plank {i} of the old bridge creaks: it was laid {i + 300} years ago. "))[..1024];

    // Sixteen own lines like it, of which none is like enough: whatever is compared is compared to the end.
    private static readonly string Similar = Planks("");

    private static readonly ChatMessage[] Framing = [new(ChatRole.System, string.Concat(Enumerable.Range(1, 40).Select(i => $"Rule {i}: speak in the first person, only for yourself. ")))];

    private readonly PersonaCard _card = new("Bench");
    private readonly OwnLines _own = new();
    private readonly OwnLines _ownSimilar = new();
    private Offer _offer = null!;
    private Offer _offerAmongSimilar = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _offer = OfferAfter(i => Long.Replace("bridge", $"bridge{i}", StringComparison.Ordinal).Replace("creaks", $"groans{i}", StringComparison.Ordinal));
        _offerAmongSimilar = OfferAfter(i => Planks(Word(100 + i)));
        if (SpeechCheck.Check(_offerAmongSimilar, _card, Similar, Framing, _ownSimilar).Outcome is not TurnOutcome.Spoke)
        {
            throw new InvalidOperationException("the similar lines are too similar: the comparison could end early");
        }
    }

    // Sixteen own lines of a kilobyte each: the most that a reply is compared with.
    private Offer OfferAfter(Func<int, string> line)
    {
        var messages = Enumerable.Range(1, OwnLines.Kept + 1).Select(i => new Message
        {
            Id = new($"#{i}"),
            Seq = i,
            Author = i <= OwnLines.Kept ? _card.Id : new("human:peer"),
            Kind = i <= OwnLines.Kept ? AuthorKind.Persona : AuthorKind.Human,
            Text = i <= OwnLines.Kept ? line(i) : "Fine weather",
            At = DateTimeOffset.UnixEpoch,
        }).ToArray();
        return new()
        {
            Room = new("bench"),
            Turn = new(1),
            Attempt = 1,
            Persona = _card.Id,
            First = messages.Length,
            Last = messages.Length,
            Transcript = TranscriptView.Of(messages),
            Roster = Roster.Of(new Participant(_card.Id, AuthorKind.Persona, _card.Name), new(new("human:peer"), AuthorKind.Human, "peer")),
            Timeout = TimeSpan.FromMinutes(1),
        };
    }

    // Every other sentence has words of its own.
    private static string Planks(string other) => string.Concat(Enumerable.Range(1, 40).Select(i =>
        $"Plank {(i % 2 == 0 ? other : "")}{Word(i)} and beam {(i % 2 == 0 ? other : "")}{Word(i + 40)} moan all night. "))[..1024];

    private static string Word(int number) => string.Concat(number.ToString("000", System.Globalization.CultureInfo.InvariantCulture).Select(digit => "bakelomiru"[digit - '0'] + "na"));

    [Benchmark(Baseline = true)]
    public int LookAtEveryCharacter()
    {
        var letters = 0;
        foreach (var c in Long)
        {
            letters += char.IsLetter(c) ? 1 : 0;
        }

        return letters;
    }

    [Benchmark]
    public TurnResult CheckShort() => SpeechCheck.Check(_offer, _card, Short, Framing, _own);

    [Benchmark]
    public TurnResult CheckKilobyte() => SpeechCheck.Check(_offer, _card, Long, Framing, _own);

    [Benchmark]
    public TurnResult CheckKilobyteAmongSimilar() => SpeechCheck.Check(_offerAmongSimilar, _card, Similar, Framing, _ownSimilar);

    [Benchmark]
    public bool ReadPlainKilobyte() => PassWordProtocol.Instance.TryRead(ModelAnswer.Of(Long), out _, out _);
}
