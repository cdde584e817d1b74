using System.Diagnostics;
using System.Text.RegularExpressions;
using Polyphony.Personas;
using Polyphony.Turns;

namespace Polyphony.Tests.Inference;

/// <summary>Real chat: the card minds must be mostly silent in it, and never repeat themselves.</summary>
public sealed partial class CardMindLogTests(ITestOutputHelper output)
{
    private const string LogFolder = "shared/data/irc";

    public static TheoryData<string> Logs =>
    [
        "2004-11-15_03", "2005-06-27_12", "2005-08-08_01", "2008-12-11_11", "2009-02-23_10", "2009-03-03_10", "2009-10-01_17", "2011-05-29_19",
        "2011-11-13_02", "2016-12-19_20",
    ];

    [Theory]
    [MemberData(nameof(Logs))]
    public void In_real_chat_most_offers_pass_and_no_line_repeats(string log)
    {
        var samples = PersonaCardReader.Read(Path.Combine(FolderWith("samples/personas"), "samples", "personas"));
        var room = new PureRoom(PersonaGenerator.Fill(samples, 12));

        var messages = 0;
        foreach (var (author, text) in Messages(log))
        {
            messages++;
            room.Say(author, text);
        }

        var passed = room.Decisions.Count(turn => turn.Decision is Decision.Pass);
        var spoke = room.Decisions.Count - passed;
        output.WriteLine($"{log}: {messages} messages, {room.Decisions.Count} offers, {spoke} spoke, {100.0 * passed / room.Decisions.Count:F1} % passed");
        output.WriteLine(string.Join("; ", room.Decisions.GroupBy(turn => room.State.Roster.NameOf(turn.Persona))
            .Select(turns => $"{turns.Key} {turns.Count(turn => turn.Decision is Decision.Speak)}")));
        messages.ShouldBeGreaterThan(900);
        ((double)passed / room.Decisions.Count).ShouldBeGreaterThanOrEqualTo(0.6);
        ((double)spoke / messages).ShouldBeInRange(0.05, 0.4, "what people ask each other is mostly none of a persona's business");
        room.Decisions.ShouldAllBe(turn => turn.Decision is Decision.Speak || ((Decision.Pass)turn.Decision).Reason.Length > 0);
        NothingRepeats(room);
    }

    private static void NothingRepeats(PureRoom room)
    {
        var spoken = room.Decisions.Where(turn => turn.Decision is Decision.Speak)
            .GroupBy(turn => turn.Persona, turn => ((Decision.Speak)turn.Decision).Text.Trim());
        foreach (var own in spoken)
        {
            var texts = own.ToList();
            for (var i = 0; i < texts.Count; i++)
            {
                texts.Skip(i + 1).Take(50).ShouldNotContain(later => string.Equals(later, texts[i], StringComparison.OrdinalIgnoreCase), own.Key.Value);
            }
        }
    }

    private static IEnumerable<(string Author, string Text)> Messages(string log)
    {
        foreach (var line in File.ReadLines(Path.Combine(FolderWith(LogFolder), LogFolder, $"{log}.ascii.txt")))
        {
            if (Line().Match(line) is { Success: true } match)
            {
                yield return (match.Groups["nick"].Value, match.Groups["text"].Value);
            }
        }
    }

    private static string FolderWith(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, path)))
            {
                return folder.FullName;
            }
        }

        throw new UnreachableException($"no folder above the tests holds {path}; put the recorded chats there");
    }

    [GeneratedRegex(@"^(\[\d\d:\d\d\] <(?<nick>[^>]+)>|(\[\d\d:\d\d\] )? ?\* (?<nick>\S+)) ?(?<text>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}
