using System.Text;
using System.Text.Json.Nodes;
using Polyphony.Capture;
using Polyphony.Cli.Chat;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Probes;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Cli.Turns;

/// <summary>A captured turn that was run again.</summary>
/// <param name="Model">The model that was asked.</param>
/// <param name="Protocol">How its answer was read.</param>
/// <param name="Answer">What it wrote; null where it came to no end.</param>
/// <param name="Decision">What it decided; null where nothing could be read.</param>
/// <param name="Error">Why not.</param>
/// <param name="PromptSha256">The digest of what was sent.</param>
/// <param name="Took">How long it took.</param>
internal sealed record ReplayedTurn(string Model, string Protocol, string? Answer, Decision? Decision, string? Error, string PromptSha256, TimeSpan Took);

/// <summary>A turn as it was and as it is now, side by side. The keys of its JSON are a contract.</summary>
internal sealed record TurnReplayReport(CapturedTurn Recorded, ReplayedTurn Replayed)
{
    /// <summary>Whether the prompt that was sent is, byte for byte, the recorded one.</summary>
    public bool SamePrompt => Recorded.PromptSha256 == Replayed.PromptSha256;

    public JsonObject ToJson() => new()
    {
        ["turn"] = Recorded.Turn,
        ["attempt"] = Recorded.Attempt,
        ["room"] = Recorded.Room,
        ["persona"] = Recorded.Persona,
        ["recorded"] = new JsonObject
        {
            ["model"] = Recorded.Model,
            ["protocol"] = Recorded.Protocol,
            ["answer"] = LastAnswer,
            ["calls"] = Recorded.Calls.Count,
            ["decision"] = Recorded.Decision is { } decision ? Json(decision.Kind, decision.Text) : null,
            ["outcome"] = OutcomeName,
            ["reason"] = Recorded.Outcome?.Why,
            ["promptSha256"] = Recorded.PromptSha256,
            ["ms"] = JsonReport.Rounded(Recorded.Calls.Sum(c => c.Ms)),
        },
        ["replayed"] = new JsonObject
        {
            ["model"] = Replayed.Model,
            ["protocol"] = Replayed.Protocol,
            ["answer"] = Replayed.Answer,
            ["decision"] = Replayed.Decision switch
            {
                Decision.Speak speak => Json("speak", speak.Text),
                Decision.Pass pass => Json("pass", pass.Reason),
                _ => null,
            },
            ["error"] = Replayed.Error,
            ["promptSha256"] = Replayed.PromptSha256,
            ["ms"] = JsonReport.Rounded(Replayed.Took.TotalMilliseconds),
        },
        ["samePrompt"] = SamePrompt,
    };

    public string ToText()
    {
        var text = new StringBuilder();
        text.Append($"{Recorded.Turn}, attempt {Recorded.Attempt}, of {Quoted.OneLine(Recorded.Persona)} in {Quoted.OneLine(Recorded.Room)}\n");
        text.Append(SamePrompt ? "the prompt is the recorded one, byte for byte\n" : "the prompt is not the recorded one\n");
        text.Append($"  recorded {Recorded.PromptSha256 ?? "no digest"}\n  sent     {Replayed.PromptSha256}\n\n");
        Add(text, "recorded", Recorded.Model, Recorded.Protocol, Recorded.Calls.Sum(c => c.Ms), LastAnswer);
        text.Append($"  → {(Recorded.Decision is { } decision ? $"{decision.Kind}: {TerminalText.Safe(decision.Text)}" : "no decision")}; {Quoted.OneLine(Recorded.Outcome?.Why ?? "ended from outside")}\n\n");
        Add(text, "replayed", Replayed.Model, Replayed.Protocol, Replayed.Took.TotalMilliseconds, Replayed.Answer);
        text.Append(Replayed.Decision switch
        {
            Decision.Speak speak => $"  → speak: {TerminalText.Safe(speak.Text)}",
            Decision.Pass pass => $"  → pass: {TerminalText.Safe(pass.Reason)}",
            _ => $"  → {Quoted.OneLine(Replayed.Error ?? "nothing")}",
        });
        return text.ToString().ReplaceLineEndings();
    }

    private string? LastAnswer => Recorded.Calls is [.., var last] ? last.Answer : null;

    private string? OutcomeName => Recorded.Outcome switch
    {
        null => null,
        TurnOutcome.TimedOut => "timedOut",
        var outcome => outcome.GetType().Name.ToLowerInvariant(),
    };

    private static void Add(StringBuilder text, string which, string model, string protocol, double ms, string? answer)
    {
        text.Append($"{which}: {Quoted.OneLine(model)}, protocol {Quoted.OneLine(protocol)}, {ProbeText.Duration(ms * 1e3)}\n");
        text.Append($"  {(answer is null ? "no answer" : TerminalText.Safe(answer))}\n");
    }

    private static JsonObject Json(string kind, string text) => new() { ["kind"] = kind, ["text"] = text };
}
