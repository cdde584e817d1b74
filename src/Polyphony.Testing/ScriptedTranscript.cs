using Polyphony.Rooms;

namespace Polyphony.Testing;

/// <summary>
/// The messages of a scripted conversation. Unlike a room's, their numbers may have holes; a view is then the unbroken run that its message stands in. Views
/// share one array and stay as they are. The newest messages are kept, as many as a room keeps.
/// </summary>
internal sealed class ScriptedTranscript
{
    private readonly Dictionary<MessageId, Message> _byId = [];
    private Message[] _items = [];
    private int _start;
    private int _end;
    private int _run;

    public long LastSeq => _end == _start ? 0 : _items[_end - 1].Seq;

    public Message? Find(MessageId id) => _byId.GetValueOrDefault(id);

    public Message? Find(long seq) => IndexOf(seq) is >= 0 and var at ? _items[at] : null;

    public void Append(Message message)
    {
        if (_end == _items.Length)
        {
            Grow();
        }

        _run = message.Seq == LastSeq + 1 ? _run : _end;
        _items[_end++] = message;
        _byId.Add(message.Id, message);
        if (_end - _start > RoomState.RetainedMessages)
        {
            _byId.Remove(_items[_start].Id);
            _start++;
            _run = Math.Max(_run, _start);
        }
    }

    /// <summary>Everything that the messages up to now tell a reader of <paramref name="message"/>, without a hole.</summary>
    public TranscriptView ViewOf(Message message)
    {
        if (message.Seq >= _items[_run].Seq)
        {
            return TranscriptView.Of(_items, _run, _end - _run);
        }

        // Delivered again from before a hole: its run is looked for, which no hot path needs.
        var (first, last) = (IndexOf(message.Seq), IndexOf(message.Seq));
        while (first > _start && _items[first - 1].Seq == _items[first].Seq - 1)
        {
            first--;
        }

        while (_items[last + 1].Seq == _items[last].Seq + 1)
        {
            last++;
        }

        return TranscriptView.Of(_items, first, last - first + 1);
    }

    private int IndexOf(long seq)
    {
        var (low, high) = (_start, _end - 1);
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            if (_items[middle].Seq == seq)
            {
                return middle;
            }

            (low, high) = _items[middle].Seq < seq ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    private void Grow()
    {
        var count = _end - _start;
        var items = new Message[Math.Max(16, count * 2)];
        Array.Copy(_items, _start, items, 0, count);
        (_items, _run, _start, _end) = (items, _run - _start, 0, count);
    }
}
