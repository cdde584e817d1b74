using System.Text;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Rooms;

namespace Polyphony.Prompting;

/// <summary>Makes the chat messages of a plan, for its model's layout. Pure: no clock, no I/O.</summary>
public static class PromptAssembly
{
    private const string NewMessage = "\nNew message:\n";
    private const string NewMessages = "\nNew messages:\n";

    /// <summary>The chat messages. They are shared with other prompts: leave them as they are.</summary>
    public static ChatMessage[] Assemble(PromptPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Sources.Profile.Layout == PromptLayout.SingleUserTurnFlattenedHistory
            ? [plan.System.Message, Flattened(plan)]
            : Listed(plan);
    }

    /// <summary>Which of the messages of <see cref="Assemble"/> are whose.</summary>
    internal static PromptParts PartsOf(PromptPlan plan, int messages)
    {
        // Of a conversation that is one message nothing but the text before it comes again as it is.
        var kept = plan.Sources.Profile.Layout == PromptLayout.SingleUserTurnFlattenedHistory ? 1 : messages - TailOf(plan);
        return plan.Cue is null ? new(kept, messages) : new(kept, kept + 1);
    }

    /// <summary>The pieces of a plan, in the order of the prompt.</summary>
    internal static IReadOnlyList<PromptBlock> BlocksOf(PromptPlan plan)
    {
        var blocks = new List<PromptBlock>(plan.System.Blocks);
        var frame = plan.Closing is null ? 0 : FrameTokens(plan.Sources.Profile.Tokens);
        blocks.Add(plan.Closing is null
            ? new("transcript", PromptScope.Transcript, "", plan.TranscriptTokens) { Messages = [.. Lines(plan)] }
            : new("transcript", PromptScope.Transcript, Conversation(plan), plan.TranscriptTokens + frame));
        if (plan.Cue is { } cue)
        {
            blocks.Add(new("cue", PromptScope.Turn, cue.Message.Text, cue.Tokens));
        }

        blocks.AddRange(plan.Private?.Blocks ?? []);
        blocks.AddRange(plan.Note?.Blocks(plan.MemoryLeadTokens) ?? []);
        if (plan.Closing is { } closing)
        {
            blocks.Add(new("cue", PromptScope.Persona, closing.Text, closing.Tokens));
        }

        return blocks;
    }

    /// <summary>What one message of the transcript costs in a layout, with the silence before it.</summary>
    internal static int CostOf(PromptSources sources, RenderedTranscript rendered, long seq)
    {
        var (layout, offer) = (sources.Profile.Layout, sources.Offer);
        var rendering = rendered.At(offer.Transcript, seq, offer.Roster);
        return (LineOf(layout, rendering, sources)?.Tokens ?? 0) + (rendering.Gap is { } gap && TellsGaps(layout) ? gap.Tokens : 0);
    }

    /// <summary>What the messages from <paramref name="first"/> on cost.</summary>
    internal static int TranscriptTokens(PromptSources sources, RenderedTranscript rendered, long first)
    {
        var tokens = 0;
        for (var seq = first; seq <= sources.Offer.Last; seq++)
        {
            tokens += CostOf(sources, rendered, seq);
        }

        return tokens;
    }

    /// <summary>What stands around the conversation where it is one message.</summary>
    internal static int FrameTokens(ITokenCounter tokens) =>
        tokens.Count(PromptTexts.FlattenedHistory) + tokens.Count(NewMessages) + RenderedTranscript.TokensPerMessage;

    private static bool TellsGaps(PromptLayout layout) => layout != PromptLayout.ProperChatMlSingleParty;

    private static RenderedLine? LineOf(PromptLayout layout, RenderedTranscript.Rendering rendering, PromptSources sources)
    {
        var message = rendering.Message;
        var isOwn = message.Author == sources.Offer.Persona;
        return layout switch
        {
            PromptLayout.SharedTranscriptFirst or PromptLayout.SingleUserTurnFlattenedHistory => rendering.Labelled,
            PromptLayout.ProperChatMlSingleParty when isOwn => rendering.Own,
            PromptLayout.ProperChatMlSingleParty => message.Kind == AuthorKind.Persona && message.Seq != sources.Offer.Last ? null : rendering.Bare(sources.Offer.Roster),
            _ => isOwn ? rendering.Own : rendering.Labelled,
        };
    }

    private static ChatMessage[] Listed(PromptPlan plan)
    {
        var messages = new ChatMessage[1 + CountLines(plan) + TailOf(plan)];
        var next = 0;
        messages[next++] = plan.System.Message;
        next = Fill(plan, messages, next);
        if (plan.Cue is { } cue)
        {
            messages[next++] = cue.Message;
        }

        if (plan.Private is { } card)
        {
            messages[next++] = card.Message;
        }

        if (plan.Note is { } note)
        {
            messages[next] = note.Message;
        }

        return messages;
    }

    private static int TailOf(PromptPlan plan) => (plan.Cue is null ? 0 : 1) + (plan.Private is null ? 0 : 1) + (plan.Note is null ? 0 : 1);

    private static ChatMessage[] Lines(PromptPlan plan)
    {
        var lines = new ChatMessage[CountLines(plan)];
        Fill(plan, lines, 0);
        return lines;
    }

    private static int CountLines(PromptPlan plan)
    {
        var (layout, count) = (plan.Sources.Profile.Layout, 0);
        for (var seq = plan.FirstSeq; seq <= plan.Offer.Last; seq++)
        {
            var rendering = plan.Rendered.At(plan.Offer.Transcript, seq, plan.Offer.Roster);
            count += LineOf(layout, rendering, plan.Sources) is null ? 0 : 1;
            count += rendering.Gap is not null && TellsGaps(layout) ? 1 : 0;
        }

        return count;
    }

    private static int Fill(PromptPlan plan, ChatMessage[] messages, int next)
    {
        var layout = plan.Sources.Profile.Layout;
        for (var seq = plan.FirstSeq; seq <= plan.Offer.Last; seq++)
        {
            var rendering = plan.Rendered.At(plan.Offer.Transcript, seq, plan.Offer.Roster);
            if (rendering.Gap is { } gap && TellsGaps(layout))
            {
                messages[next++] = gap.Message;
            }

            if (LineOf(layout, rendering, plan.Sources) is { } line)
            {
                messages[next++] = line.Message;
            }
        }

        return next;
    }

    private static ChatMessage Flattened(PromptPlan plan) => new(
        ChatRole.User, string.Concat(Conversation(plan), plan.Note is { } note ? "\n" + note.Message.Text : "", "\n", plan.Closing!.Text));

    private static string Conversation(PromptPlan plan)
    {
        var offer = plan.Offer;
        var text = new StringBuilder(plan.TranscriptTokens * 5 + 64);
        var firstNew = Math.Max(offer.First, plan.FirstSeq);
        for (var seq = plan.FirstSeq; seq <= offer.Last; seq++)
        {
            if (seq == firstNew)
            {
                text.Append(firstNew == offer.Last ? NewMessage : NewMessages);
            }
            else if (seq == plan.FirstSeq)
            {
                text.Append(PromptTexts.FlattenedHistory);
            }

            var rendering = plan.Rendered.At(offer.Transcript, seq, offer.Roster);
            if (rendering.Gap is { } gap)
            {
                text.Append(gap.Message.Text).Append('\n');
            }

            text.Append(rendering.Labelled.Message.Text).Append('\n');
        }

        return text.ToString();
    }
}
