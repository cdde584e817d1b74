using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Llama.Engine;
using Polyphony.Llama.Text;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Llama;

/// <summary>One call of a chat client as a request for the engine, and how its tokens become the answer.</summary>
internal sealed class LlamaCall : IDisposable
{
    private static readonly LaneKey Nobody = new(new("program:engine"), new("engine"));

    private readonly GrammarConstraint? _grammar;

    private LlamaCall(EngineRequest request, DecisionFrame? frame, GrammarConstraint? grammar) => (Request, Frame, _grammar) = (request, frame, grammar);

    public EngineRequest Request { get; }

    /// <summary>What stands around the words; null where all that is written is the answer.</summary>
    public DecisionFrame? Frame { get; }

    /// <exception cref="LlamaException">The template cannot hold the messages, or the schema is not one that can be kept.</exception>
    /// <exception cref="NotSupportedException">A message holds something that is not text, or the call has tools.</exception>
    public static LlamaCall Of(LlamaVoice voice, IEnumerable<ChatMessage> messages, ChatOptions? options, LlamaChatOptions defaults)
    {
        if (options?.Tools is { Count: > 0 })
        {
            throw new NotSupportedException("this engine calls no tools; use the decision protocol json");
        }

        var chat = messages.Select(TextOf).ToArray();
        var persona = options as PersonaChatOptions;
        var offer = persona?.Offer;
        var most = Math.Min(options?.MaxOutputTokens ?? defaults.ReplyTokens, defaults.ReplyTokens);
        var request = new EngineRequest
        {
            Lane = offer is null ? Nobody : new(offer.Persona, offer.Room),
            Prompt = default,
            Urgency = UrgencyOf(offer),
            Deadline = offer?.Timeout,
            MaxTokens = most,
            Sampling = new(
                options?.Temperature ?? defaults.Temperature, options?.TopK ?? 40, options?.TopP ?? 0.95f, options?.Seed is { } seed ? (ulong)seed : SeedOf(persona, defaults.Seed)),
        };
        return persona is { Frame: { } frame } ? Framed(voice, chat, persona, frame, request) : Plain(voice, chat, persona?.Parts, options?.ResponseFormat, request);
    }

    public void Dispose() => _grammar?.Dispose();

    private static LlamaCall Plain(LlamaVoice voice, TemplateMessage[] chat, PromptParts? parts, ChatResponseFormat? format, EngineRequest request)
    {
        var tokens = voice.Template.Render(chat);
        var grammar = format is ChatResponseFormatJson json ? voice.Begin(json) : null;
        return new(
            request with { Prompt = tokens.Tokens, KeptTokens = KeptOf(tokens, parts?.Kept ?? chat.Length - 1), Constraint = grammar, MaxTokens = Math.Max(1, request.MaxTokens) },
            null, grammar);
    }

    // The choice is read behind the cue alone; who speaks reads on, and writes inside what is placed.
    private static LlamaCall Framed(LlamaVoice voice, TemplateMessage[] chat, PersonaChatOptions options, DecisionFrame frame, EngineRequest request)
    {
        var parts = options.Parts ?? new(chat.Length - 1, chat.Length);
        var marks = voice.MarksOf(frame);
        var asked = voice.Template.Render(chat[..parts.Decided]);
        var whole = parts.Decided == chat.Length ? asked : voice.Template.Render(chat);
        var stays = asked.Tokens.Span.CommonPrefixLength(whole.Tokens.Span);
        int[] prompt = [.. asked.Tokens.Span, .. marks.Question];
        int[] placed = [.. whole.Tokens.Span[stays..], .. marks.Speech];
        return new(
            request with
            {
                Prompt = prompt,
                KeptTokens = Math.Min(KeptOf(asked, parts.Kept), stays),
                Decision = new() { Choices = [marks.Yes, marks.No], Threshold = options.SpeakThreshold, Rewind = Math.Max(1, stays), Continuation = placed },
                MaxTokens = request.MaxTokens,
                Constraint = new JsonStringConstraint(voice.Strings, Math.Max(0, request.MaxTokens - LlamaVoice.ClosingTokens)),
            },
            frame, null);
    }

    /// <summary>How many first tokens so many first messages are; the last token of all is not among them.</summary>
    public static int KeptOf(ChatTokens tokens, int messages) => messages <= 0 ? 0 : Math.Min(tokens.Ends[Math.Min(messages, tokens.Ends.Count) - 1], tokens.Tokens.Length - 1);

    /// <exception cref="NotSupportedException">It holds something that is not text.</exception>
    public static TemplateMessage TextOf(ChatMessage message)
    {
        foreach (var content in message.Contents)
        {
            if (content is not TextContent)
            {
                throw new NotSupportedException($"a message holds {content.GetType().Name}, and this engine takes text only; leave it out, or use a server that takes it");
            }
        }

        var role = message.Role == ChatRole.Assistant ? TemplateRole.Assistant : message.Role == ChatRole.System ? TemplateRole.System : TemplateRole.User;
        return new(role, message.Text);
    }

    /// <summary>How urgent a turn is; nobody waits where there is none.</summary>
    public static EngineUrgency UrgencyOf(Offer? answered) => answered switch
    {
        null => EngineUrgency.Background,
        { Newest.Kind: AuthorKind.Human } offer => offer.Newest.Addresses(offer.Persona) ? EngineUrgency.Mention : EngineUrgency.Human,
        _ => EngineUrgency.Persona,
    };

    // FNV-1a over who is asked in which turn, so that a turn that is done again with the same seed says the same.
    private static ulong SeedOf(PersonaChatOptions? options, ulong seed)
    {
        var mixed = 14695981039346656037 ^ seed;
        if (options?.Offer is { } offer)
        {
            foreach (var letter in $"{offer.Room.Value}\n{offer.Persona.Value}\n{offer.Turn}\n{offer.Attempt}")
            {
                mixed = (mixed ^ letter) * 1099511628211;
            }
        }

        return mixed;
    }
}
