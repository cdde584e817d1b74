using System.Threading.Channels;

namespace Polyphony.Rooms;

/// <summary>What a follower of a room sees. A closed set.</summary>
public abstract record RoomSignal
{
    private RoomSignal()
    {
    }

    /// <summary>An event, durable by now.</summary>
    /// <param name="Event">What happened.</param>
    public sealed record Published(RoomEvent Event) : RoomSignal;

    /// <summary>The words of a running turn so far. They are withdrawn when the turn closes without a reply.</summary>
    /// <param name="Persona">Who is speaking.</param>
    /// <param name="Turn">The turn.</param>
    /// <param name="Words">Everything said in it so far.</param>
    public sealed record Draft(ParticipantId Persona, TurnId Turn, string Words) : RoomSignal;
}

/// <summary>Somebody who follows a room. Bounded: a follower that falls behind loses its place, and is told so, but never slows the room.</summary>
public sealed class RoomSubscription : IDisposable
{
    private readonly RoomFollowers _followers;
    private readonly Channel<RoomSignal> _signals;

    internal RoomSubscription(RoomFollowers followers, int capacity)
    {
        _followers = followers;
        _signals = Channel.CreateBounded<RoomSignal>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    /// <summary>
    /// What happens, in order; ends with the room. It fails with <see cref="RoomFaultedException"/> when the room does, and with
    /// <see cref="FollowerLaggedException"/> when this follower fell behind.
    /// </summary>
    public ChannelReader<RoomSignal> Signals => _signals.Reader;

    /// <summary>Follows no longer.</summary>
    public void Dispose()
    {
        _followers.Remove(this);
        _signals.Writer.TryComplete();
    }

    internal void Write(RoomSignal signal)
    {
        if (!_signals.Writer.TryWrite(signal) && signal is RoomSignal.Published)
        {
            _followers.Remove(this);
            _signals.Writer.TryComplete(new FollowerLaggedException("this follower fell behind and missed events; subscribe again and read the log for what lies between"));
        }
    }

    internal void Complete(Exception? fault) => _signals.Writer.TryComplete(fault);
}

/// <summary>A follower of a room fell behind its bound and was let go.</summary>
public sealed class FollowerLaggedException : Exception
{
    /// <summary>An exception without a message; prefer one that says what to do.</summary>
    public FollowerLaggedException()
    {
    }

    /// <param name="message">What happened and what to do.</param>
    public FollowerLaggedException(string message)
        : base(message)
    {
    }

    /// <param name="message">What happened and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public FollowerLaggedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
