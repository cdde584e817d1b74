using System.Globalization;
using System.Numerics;
using Microsoft.Extensions.AI;
using Polyphony.Rooms;

namespace Polyphony.Prompting;

/// <summary>A message as it stands in a prompt, and what it costs with what the chat template puts around it. Made once, and shared by all who are shown it.</summary>
internal sealed record RenderedLine(ChatMessage Message, int Tokens);

/// <summary>
/// The chat messages that a room's messages become, with their tokens, made once for all personas of the room whose models count alike. Thread-safe without a lock: two
/// personas may render the same message at once and get equal results. Adapters must not change the messages they are given; they are shared.
/// </summary>
/// <remarks>Bounded: the newest messages, as many as a prompt may show; an older one is rendered again when it is needed.</remarks>
internal sealed class RenderedTranscript
{
    /// <summary>What a chat template puts around a message, in tokens.</summary>
    public const int TokensPerMessage = 4;

    private const int LeastCapacity = 64;

    private static readonly TimeSpan SilenceToTell = TimeSpan.FromMinutes(5);

    private readonly ITokenCounter _tokens;
    private readonly int _capacity;
    private Rendering?[]? _ring;

    public RenderedTranscript(ITokenCounter tokens, int shown)
    {
        _tokens = tokens;
        _capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(LeastCapacity, shown));
    }

    /// <summary>What is known of the message at <paramref name="seq"/>: made when it is first asked for.</summary>
    public Rendering At(in TranscriptView transcript, long seq, Roster roster)
    {
        var ring = _ring ??= new Rendering?[_capacity];
        var message = transcript[seq];
        ref var place = ref ring[seq & (_capacity - 1)];
        var rendering = Volatile.Read(ref place);
        if (rendering is null || !ReferenceEquals(rendering.Message, message))
        {
            var gap = seq > transcript.FirstSeq ? message.At - transcript[seq - 1].At : TimeSpan.Zero;
            rendering = new(message, _tokens, ContentNeutralizer.NeutralizeName(roster.NameOf(message.Author)), gap > SilenceToTell ? gap : TimeSpan.Zero);
            Volatile.Write(ref place, rendering);
        }

        return rendering;
    }

    /// <summary>One message, in the forms that layouts ask for.</summary>
    internal sealed class Rendering
    {
        private readonly ITokenCounter _tokens;
        private RenderedLine? _own;
        private RenderedLine? _labelled;
        private RenderedLine? _bare;

        public Rendering(Message message, ITokenCounter tokens, string name, TimeSpan gap)
        {
            Message = message;
            _tokens = tokens;
            Name = name;
            Gap = gap == TimeSpan.Zero ? null : Line(ChatRole.System, string.Create(CultureInfo.InvariantCulture, $"[{(long)gap.TotalMinutes} minutes passed]"));
        }

        public Message Message { get; }

        /// <summary>Its author's name, as it was when the message was first shown; the id of somebody unknown.</summary>
        public string Name { get; }

        /// <summary>The line that says how long it was silent before; null where it was not.</summary>
        public RenderedLine? Gap { get; }

        /// <summary>With the speaker's name in front.</summary>
        public RenderedLine Labelled => _labelled ??= Line(ChatRole.User, ContentNeutralizer.Named(Name, ContentNeutralizer.Neutralize(Message.Text)));

        /// <summary>As its author's own.</summary>
        public RenderedLine Own => _own ??= Line(ChatRole.Assistant, ContentNeutralizer.Neutralize(Message.Text));

        /// <summary>Without a name, as the one other party's.</summary>
        public RenderedLine Bare(Roster roster) => _bare ??= Line(ChatRole.User, ContentNeutralizer.NeutralizeUnnamed(Message.Text, roster));

        private RenderedLine Line(ChatRole role, string text) => new(new(role, text), _tokens.Count(text) + TokensPerMessage);
    }
}
