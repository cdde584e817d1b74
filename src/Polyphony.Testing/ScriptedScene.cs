using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Testing;

/// <summary>What a room would know: who is here, and what was said. Its conversation locks.</summary>
internal sealed class ScriptedScene(Participant self, SequentialIds ids)
{
    private readonly List<Participant> _participants = [self];
    private readonly ScriptedTranscript _transcript = new();
    private Roster? _roster;

    /// <summary>Whether the script gives numbers itself; replies then take none.</summary>
    public bool ScriptNumbers { get; set; }

    /// <summary>The same object until somebody comes in, as in a room.</summary>
    public Roster Roster => _roster ??= Roster.Of(_participants);

    public TranscriptView ViewOf(Message message) => _transcript.ViewOf(message);

    public void LetIn(Participant participant)
    {
        if (!Roster.TryGet(participant.Id, out var known))
        {
            _participants.Add(participant);
            _roster = null;
        }
        else if (known.Kind != participant.Kind)
        {
            throw new InvalidOperationException($"{participant.Id} is a {known.Kind} already and cannot be a {participant.Kind}; use another id");
        }
    }

    /// <summary>Puts a message in its place, or finds the one that is there already.</summary>
    public Message Place(string text, Participant from, long? seq, MessageId? id, DateTimeOffset at)
    {
        LetIn(from);
        if (((id is { } i ? _transcript.Find(i) : null) ?? (seq is { } s ? _transcript.Find(s) : null)) is { } known)
        {
            return known.Text == text && known.Author == from.Id && (seq ?? known.Seq) == known.Seq && (id ?? known.Id) == known.Id
                ? known
                : throw new InvalidOperationException($"message {known.Seq}, {known.Id}, is another one; deliver it again with the same words, author, number and id");
        }

        var last = _transcript.LastSeq;
        if (seq <= last)
        {
            throw new InvalidOperationException($"message {seq} is new and comes after {last}; the numbers of a conversation only grow");
        }

        var message = new Message
        {
            Id = id ?? ids.Next(),
            Seq = seq ?? last + 1,
            Author = from.Id,
            Kind = from.Kind,
            Text = text,
            At = at,
            Mentions = Roster.FindMentions(text),
        };
        _transcript.Append(message);
        return message;
    }

    /// <summary>Makes a message of what the persona said in answer to another.</summary>
    public Message Reply(TurnResult result, Message answered, DateTimeOffset at)
    {
        var reply = new Message
        {
            Id = ids.Next(),
            Seq = _transcript.LastSeq + 1,
            Author = self.Id,
            Kind = AuthorKind.Persona,
            Text = result.Text!,
            At = at,
            Mentions = Roster.FindMentions(result.Text!),
            ReplyTo = answered.Id,
            Hops = answered.Hops + 1,
        };
        if (!ScriptNumbers)
        {
            _transcript.Append(reply);
        }

        return reply;
    }
}
