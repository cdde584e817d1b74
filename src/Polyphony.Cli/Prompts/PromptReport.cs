using System.Text;
using System.Text.Json.Nodes;
using Polyphony.Cli.Chat;
using Polyphony.Cli.Commands;
using Polyphony.Inference;
using Polyphony.Turns;

namespace Polyphony.Cli.Prompts;

/// <summary>A prompt as a person reads it, and as JSON. Its keys are a contract.</summary>
/// <param name="Sight">The prompt.</param>
/// <param name="Profile">The model it would go to.</param>
/// <param name="Ground">Why the floor gives the persona a turn now; null where it does not.</param>
internal sealed record PromptReport(PromptSight Sight, InferenceProfile Profile, string? Ground)
{
    public JsonObject ToJson() => new()
    {
        ["room"] = Sight.Turn.Room,
        ["persona"] = Sight.Turn.Persona,
        ["model"] = Profile.Model,
        ["protocol"] = Profile.Protocol.Name,
        ["first"] = Sight.Offer.First,
        ["last"] = Sight.Offer.Last,
        ["floor"] = Ground,
        ["windowTokens"] = Profile.ContextTokens,
        ["replyTokens"] = Profile.ReplyTokens,
        ["estimatedTokens"] = Sight.Plan?.EstimatedTokens,
        ["refused"] = Sight.Refused?.Why,
        ["promptSha256"] = Sight.Turn.PromptSha256,
        ["messages"] = new JsonArray([.. Sight.Turn.Messages.Select(m => (JsonNode)new JsonObject { ["role"] = m.Role, ["text"] = m.Text })]),
    };

    public string ToText()
    {
        var text = new StringBuilder();
        var burst = Sight.Offer.First == Sight.Offer.Last ? $"message {Sight.Offer.Last}" : $"messages {Sight.Offer.First}–{Sight.Offer.Last}";
        text.Append($"{Quoted.OneLine(Sight.Turn.Persona)} in {Quoted.OneLine(Sight.Turn.Room)}, to {burst}: {(Ground is null ? "the floor would not give it this turn now" : Ground)}\n");
        text.Append($"{Quoted.OneLine(Profile.Model)}, protocol {Profile.Protocol.Name}; {Profile.ContextTokens} tokens of window, {Profile.ReplyTokens} of them for the reply\n");
        if (Sight.Refused is { } refused)
        {
            text.Append($"\nNo prompt: {Quoted.OneLine(refused.Why)}");
            return text.ToString().ReplaceLineEndings();
        }

        text.Append($"about {Sight.Plan?.EstimatedTokens} tokens; SHA-256 {Sight.Turn.PromptSha256}\n");
        for (var i = 0; i < Sight.Turn.Messages.Count; i++)
        {
            var message = Sight.Turn.Messages[i];
            text.Append($"\n── {i + 1}. {message.Role} ──\n{Shown(message.Text)}\n");
        }

        return text.ToString().TrimEnd('\n').ReplaceLineEndings();
    }

    /// <summary>The text in its own lines, without what could steer a terminal.</summary>
    private static string Shown(string text) => string.Join('\n', text.Split('\n').Select(TerminalText.Safe));
}
