namespace Polyphony.Rooms;

/// <summary>
/// The newest messages of a room, oldest first. One writer appends; a <see cref="View"/> taken at any time stays valid and
/// unchanged, and may be read on any thread, because an append never touches what a view can see.
/// </summary>
public sealed class Transcript
{
    private readonly int _retained;
    private Message[] _items = [];
    private int _start;
    private int _end;

    /// <param name="retained">How many of the newest messages are kept in memory; older ones stay in the log only. At least 1.</param>
    public Transcript(int retained)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(retained, 1);
        _retained = retained;
    }

    /// <summary>The sequence number of the newest message; 0 when nothing was said yet.</summary>
    public long LastSeq { get; private set; }

    /// <summary>How many messages are in memory.</summary>
    public int Count => _end - _start;

    /// <summary>The sequence number of the oldest message in memory; 1 when nothing was said yet.</summary>
    public long FirstSeq => LastSeq - Count + 1;

    /// <summary>The message at <paramref name="seq"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The message is not in memory.</exception>
    public Message this[long seq] => View()[seq];

    /// <summary>What has been said until now. Costs nothing, stays as it is.</summary>
    public TranscriptView View() => new(_items, _start, Count, LastSeq);

    /// <summary>Appends, and returns the message that left the window for it.</summary>
    internal Message? Append(Message message)
    {
        if (message.Seq != LastSeq + 1)
        {
            throw new InvalidOperationException($"message {message.Seq} follows {LastSeq}: the log has a gap or was applied twice");
        }

        if (_end == _items.Length)
        {
            Grow();
        }

        _items[_end++] = message;
        LastSeq = message.Seq;
        return Count > _retained ? _items[_start++] : null;
    }

    private void Grow()
    {
        // Views hold the old array, so what leaves the window is dropped by copying, never by shifting in place.
        var count = Count;
        var items = new Message[Math.Max(4, count * 2)];
        Array.Copy(_items, _start, items, 0, count);
        (_items, _start, _end) = (items, 0, count);
    }
}

/// <summary>A transcript as it was at one moment: the newest messages, oldest first. Immutable; safe on any thread.</summary>
public readonly struct TranscriptView
{
    private readonly Message[]? _items;
    private readonly int _start;

    internal TranscriptView(Message[] items, int start, int count, long lastSeq)
    {
        _items = items;
        _start = start;
        Count = count;
        LastSeq = lastSeq;
    }

    /// <summary>How many messages the view holds.</summary>
    public int Count { get; }

    /// <summary>The sequence number of the newest message; 0 when the view is empty and nothing was ever said.</summary>
    public long LastSeq { get; }

    /// <summary>The sequence number of the oldest message of the view.</summary>
    public long FirstSeq => LastSeq - Count + 1;

    /// <summary>The message at <paramref name="seq"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view does not hold that message.</exception>
    public Message this[long seq]
    {
        get
        {
            if (seq < FirstSeq || seq > LastSeq)
            {
                throw new ArgumentOutOfRangeException(nameof(seq), seq, $"the view holds {FirstSeq}..{LastSeq}");
            }

            return _items![_start + (int)(seq - FirstSeq)];
        }
    }

    /// <summary>Makes a view of messages that no room holds, such as a scripted conversation's.</summary>
    /// <param name="messages">Messages with consecutive sequence numbers. Not copied: leave the array as it is.</param>
    /// <exception cref="ArgumentException">The sequence numbers have a gap.</exception>
    public static TranscriptView Of(Message[] messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        for (var i = 1; i < messages.Length; i++)
        {
            if (messages[i].Seq != messages[i - 1].Seq + 1)
            {
                throw new ArgumentException($"message {messages[i].Seq} follows {messages[i - 1].Seq}", nameof(messages));
            }
        }

        return new(messages, 0, messages.Length, messages.Length == 0 ? 0 : messages[^1].Seq);
    }

    /// <summary>Makes a view of a part of an array whose owner goes on to fill the places behind it. Costs nothing: only the ends are compared.</summary>
    /// <param name="messages">Not copied: leave the part as it is.</param>
    /// <param name="start">Where the part begins.</param>
    /// <param name="count">How many messages it has; at least 1, with consecutive sequence numbers.</param>
    /// <exception cref="ArgumentException">The sequence numbers have a gap.</exception>
    public static TranscriptView Of(Message[] messages, int start, int count)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, messages.Length - start);
        var (first, last) = (messages[start].Seq, messages[start + count - 1].Seq);
        return last - first == count - 1
            ? new(messages, start, count, last)
            : throw new ArgumentException($"{count} messages cannot reach from {first} to {last}", nameof(count));
    }
}
