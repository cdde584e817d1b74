using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Polyphony.Cli.Chat;
using Polyphony.Cli.Commands;
using Polyphony.Inference;
using Polyphony.Prompting;
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
        ["layout"] = PromptLayouts.NameOf(Profile.Layout),
        ["first"] = Sight.Offer.First,
        ["last"] = Sight.Offer.Last,
        ["floor"] = Ground,
        ["windowTokens"] = Profile.ContextTokens,
        ["replyTokens"] = Profile.ReplyTokens,
        ["estimatedTokens"] = Sight.Plan?.EstimatedTokens,
        ["tokenCounter"] = Profile.Tokens.Name,
        ["cueTokens"] = Sight.Plan?.CueTokens,
        ["depthTokens"] = Sight.Plan?.DepthTokens,
        ["refused"] = Sight.Refused?.Why,
        ["blocks"] = new JsonArray([.. Blocks.Select(Json)]),
        ["budget"] = new JsonArray([.. Allocations.Select(Json)]),
        ["promptSha256"] = Sight.Turn.PromptSha256,
        ["messages"] = new JsonArray([.. Sight.Turn.Messages.Select(m => (JsonNode)new JsonObject { ["role"] = m.Role, ["text"] = m.Text })]),
    };

    public string ToText()
    {
        var text = new StringBuilder();
        var burst = Sight.Offer.First == Sight.Offer.Last ? $"message {Sight.Offer.Last}" : $"messages {Sight.Offer.First}–{Sight.Offer.Last}";
        text.Append($"{Quoted.OneLine(Sight.Turn.Persona)} in {Quoted.OneLine(Sight.Turn.Room)}, to {burst}: {Ground ?? "the floor would not give it this turn now"}\n");
        text.Append($"{Quoted.OneLine(Profile.Model)}, protocol {Profile.Protocol.Name}, layout {PromptLayouts.NameOf(Profile.Layout)}; a window of {Profile.ContextTokens} tokens, {Profile.ReplyTokens} of them for the reply\n");
        if (Sight.Refused is { } refused)
        {
            text.Append($"\nNo prompt: {Quoted.OneLine(refused.Why)}");
            return text.ToString().ReplaceLineEndings();
        }

        text.Append($"{Sight.Plan?.EstimatedTokens} tokens, counted by {Quoted.OneLine(Profile.Tokens.Name)}; its own: cue {Sight.Plan?.CueTokens}, depth {Sight.Plan?.DepthTokens}\n");
        text.Append($"SHA-256 {Sight.Turn.PromptSha256}\n\n");
        AddTable(text, ["block", "scope", "tokens"], [.. Blocks.Select(b => (string[])[b.Name, NameOf(b.Scope), Number(b.Tokens)])]);
        text.Append('\n');
        AddTable(text, ["source", "tokens", "state", "left out"], [.. Allocations.Select(a => (string[])[a.Source, Number(a.Tokens), NameOf(a.State), a.LeftOut == 0 ? "" : $"{a.LeftOut}: {a.Why}"])]);
        for (var i = 0; i < Sight.Turn.Messages.Count; i++)
        {
            var message = Sight.Turn.Messages[i];
            text.Append($"\n── {i + 1}. {message.Role} ──\n{Shown(message.Text)}\n");
        }

        return text.ToString().TrimEnd('\n').ReplaceLineEndings();
    }

    private IReadOnlyList<PromptBlock> Blocks => Sight.Plan?.Blocks ?? [];

    private IReadOnlyList<PromptAllocation> Allocations => Sight.Plan?.Allocations ?? [];

    private static JsonNode Json(PromptBlock block) => new JsonObject
    {
        ["name"] = block.Name,
        ["scope"] = NameOf(block.Scope),
        ["tokens"] = block.Tokens,
        ["messages"] = block.Messages.Count,
    };

    private static JsonNode Json(PromptAllocation allocation) => new JsonObject
    {
        ["source"] = allocation.Source,
        ["tokens"] = allocation.Tokens,
        ["state"] = NameOf(allocation.State),
        ["leftOut"] = allocation.LeftOut,
        ["why"] = allocation.Why,
    };

    private static void AddTable(StringBuilder text, string[] head, IReadOnlyList<string[]> rows)
    {
        var widths = head.Select((h, i) => rows.Select(r => r[i].Length).Append(h.Length).Max()).ToArray();
        foreach (var row in rows.Prepend(head))
        {
            var cells = row.Select((cell, i) => char.IsAsciiDigit(cell is [var first, ..] ? first : ' ') && head[i] == "tokens" ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            text.Append($"  {string.Join("  ", cells).TrimEnd()}\n");
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string NameOf(PromptScope scope) => scope.ToString().ToLowerInvariant();

    private static string NameOf(AllocationState state) => state switch
    {
        AllocationState.Satisfied => "satisfied",
        AllocationState.FloorOnly => "floorOnly",
        AllocationState.Dropped => "dropped",
        _ => "underProvisioned",
    };

    /// <summary>The text in its own lines, without what could steer a terminal.</summary>
    private static string Shown(string text) => string.Join('\n', text.Split('\n').Select(TerminalText.Safe));
}
