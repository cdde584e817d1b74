namespace Polyphony.Rooms;

/// <summary>
/// Runs the loops that a room has woken, without a hop to another thread where there is one to spare, and never one inside another: what is
/// woken while a loop runs on this thread waits until that loop waits. So stacks stay flat, and at most one idle thread is woken a turn.
/// </summary>
internal static class Trampoline
{
    [ThreadStatic]
    private static Queue<object>? _waiting;

    [ThreadStatic]
    private static bool _running;

    [ThreadStatic]
    private static List<RoomConversation>? _spare;

    /// <summary>Whether a loop that has more to do at once should let others of this thread go first.</summary>
    public static bool OthersWait => _waiting is { Count: > 0 };

    /// <summary>Whether this thread runs a loop now, so that another one would wait for it.</summary>
    public static bool IsRunning => _running;

    public static List<RoomConversation> RentList()
    {
        var list = _spare ?? new(4);
        _spare = null;
        return list;
    }

    /// <summary>Wakes the loops: on the pool, but for the last where this thread is <paramref name="inline"/> free to run it.</summary>
    public static void Wake(List<RoomConversation> conversations, bool inline)
    {
        var pooled = inline ? conversations.Count - 1 : conversations.Count;
        for (var i = 0; i < pooled; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(conversations[i], preferLocal: false);
        }

        var last = inline ? conversations[^1] : null;
        conversations.Clear();
        _spare = conversations;
        if (last is not null)
        {
            Run(last);
        }
    }

    public static void Run(RoomConversation conversation) => RunOrQueue(conversation);

    /// <summary>Runs a continuation as the loops are run. What it wakes runs after it.</summary>
    public static void Run(Action continuation) => RunOrQueue(continuation);

    private static void RunOrQueue(object item)
    {
        if (_running)
        {
            (_waiting ??= new()).Enqueue(item);
            return;
        }

        _running = true;
        try
        {
            Invoke(item);
            while (_waiting is { Count: > 0 } waiting)
            {
                Invoke(waiting.Dequeue());
            }
        }
        finally
        {
            _running = false;
        }
    }

    private static void Invoke(object item)
    {
        if (item is RoomConversation conversation)
        {
            conversation.Wake();
        }
        else
        {
            ((Action)item)();
        }
    }
}
