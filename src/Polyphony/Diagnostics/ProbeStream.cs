using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Polyphony.Diagnostics;

/// <summary>A live view of the probes, for one subscriber. Bounded: who lags is told how many were missed, and goes on with the newest.</summary>
public sealed class ProbeStream : IProbeReceiver, IDisposable
{
    private readonly ProbeHub _hub;
    private readonly bool[] _wants;
    private readonly Channel<CapturedProbe> _waiting;
    private readonly ProbeTime _time;
    private long _missed;

    internal ProbeStream(ProbeHub hub, ProbeFilter filter, int capacity)
    {
        _hub = hub;
        _wants = ProbeShape.WantedBy(filter);
        _time = ProbeTime.Now(hub.Time);
        _waiting = Channel.CreateBounded<CapturedProbe>(
            new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => Interlocked.Increment(ref _missed));
    }

    /// <summary>The probes, in order; ends when the stream or its hub is disposed. For one reader.</summary>
    /// <returns>Records; one of class <see cref="ProbeClasses.ProbeDropped"/> stands for those that this subscriber missed because it lagged.</returns>
    public async IAsyncEnumerable<ProbeRecord> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var probe in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            if (Interlocked.Exchange(ref _missed, 0) is > 0 and var missed)
            {
                yield return ProbeRecord.Dropped(missed, "this subscriber lagged", _time);
            }

            yield return ProbeRecord.Of(probe, _time);
        }

        if (Interlocked.Exchange(ref _missed, 0) is > 0 and var last)
        {
            yield return ProbeRecord.Dropped(last, "this subscriber lagged", _time);
        }
    }

    /// <summary>Ends the stream.</summary>
    public void Dispose()
    {
        _hub.Remove(this);
        _waiting.Writer.TryComplete();
    }

    void IProbeReceiver.Receive(in SeenProbe probe)
    {
        if (_wants[probe.Shape.Index])
        {
            var kept = new CapturedProbe();
            kept.Fill(probe);
            _waiting.Writer.TryWrite(kept);
        }
    }
}
