namespace Polyphony.Rooms;

/// <summary>Those who follow a room. Thread-safe; the writer alone publishes.</summary>
internal sealed class RoomFollowers
{
    private readonly Lock _changing = new();
    private volatile RoomSubscription[] _all = [];

    public bool Any => _all.Length > 0;

    public void Add(RoomSubscription follower)
    {
        lock (_changing)
        {
            _all = [.. _all, follower];
        }
    }

    public void Remove(RoomSubscription follower)
    {
        lock (_changing)
        {
            _all = [.. _all.Where(f => f != follower)];
        }
    }

    public void Publish(IReadOnlyList<RoomEvent> events)
    {
        var all = _all;
        if (all.Length == 0)
        {
            return;
        }

        for (var i = 0; i < events.Count; i++)
        {
            Show(all, new RoomSignal.Published(events[i]));
        }
    }

    public void ShowDraft(ParticipantId persona, TurnId turn, string words) => Show(_all, new RoomSignal.Draft(persona, turn, words));

    /// <summary>Lets all of them go: the room has ended, or is broken.</summary>
    public void Complete(Exception? fault)
    {
        foreach (var follower in _all)
        {
            follower.Complete(fault);
        }
    }

    private static void Show(RoomSubscription[] all, RoomSignal signal)
    {
        foreach (var follower in all)
        {
            follower.Write(signal);
        }
    }
}
