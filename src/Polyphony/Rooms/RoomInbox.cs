namespace Polyphony.Rooms;

/// <summary>
/// What was handed to a room and is not done yet, in order. Anybody may add; whoever adds to a room at rest becomes its writer, and only the
/// writer takes. Lock-free.
/// </summary>
internal sealed class RoomInbox
{
    private static readonly RoomWork AtWork = new QuietWork();

    // What the writer has not taken over yet, newest first. null: the room is at rest. AtWork: there is a writer, and nothing new.
    private RoomWork? _handedIn;

    // The writer's own: what it has taken over and not done, oldest first.
    private RoomWork? _todo;

    /// <summary>Adds <paramref name="work"/>; true where the room was at rest, and the caller is the writer from now on.</summary>
    public bool Add(RoomWork work)
    {
        RoomWork? newest;
        do
        {
            newest = Volatile.Read(ref _handedIn);
            work.Next = ReferenceEquals(newest, AtWork) ? null : newest;
        }
        while (Interlocked.CompareExchange(ref _handedIn, work, newest) != newest);

        return newest is null;
    }

    /// <summary>The next thing to do; null where there is none for now.</summary>
    public RoomWork? TakeNext()
    {
        if (_todo is null)
        {
            for (var newest = Interlocked.Exchange(ref _handedIn, AtWork); newest is not null && newest != AtWork;)
            {
                var older = newest.Next;
                newest.Next = _todo;
                _todo = newest;
                newest = older;
            }
        }

        var next = _todo;
        if (next is not null)
        {
            _todo = next.Next;
            next.Next = null;
        }

        return next;
    }

    /// <summary>Lets go; false where something is left to do, and the writer is to go on.</summary>
    public bool TryRest() => _todo is null && Interlocked.CompareExchange(ref _handedIn, null, AtWork) == AtWork;
}
