using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Polyphony.Diagnostics;

/// <summary>
/// Writes probes to a file, one JSON object a line. The threads of the turns put them into a bounded queue and never wait; one writer takes them out. What does not fit
/// is dropped and counted, and the count is a record of class <see cref="ProbeClasses.ProbeDropped"/>.
/// </summary>
/// <remarks>Each batch reaches the system before the next is taken, so that <c>tail -f</c> follows and a killed process leaves whole lines but for the last.</remarks>
public sealed class ProbeFile : IProbeReceiver, IAsyncDisposable
{
    /// <summary>The form of the file, in its first record.</summary>
    public const int Version = 1;

    private const int BatchBytes = 192 * 1024;
    private const int PollsBeforeSleep = 200;

    // Short enough for a person who watches, long enough to cost nothing; a writer that must be woken would cost a turn's thread tens of microseconds.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(500);

    private readonly bool[] _wants;
    private readonly ProbeQueue _queue;
    private readonly ProbeTime _time;
    private readonly ProbeJson _json;
    private readonly RollingFile _file;
    private readonly Action<string>? _failed;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Task _writing;
    private long _dropped;
    private long _lost;
    private long _written;
    private long _told;
    private long _first;
    private bool _isReported;
    private volatile bool _sleeps;
    private volatile bool _closing;

    internal ProbeFile(ProbeFileOptions options, ProbeHub hub)
    {
        options.Validate();
        _wants = ProbeShape.WantedBy(options.Filter);
        _queue = new(options.QueueCapacity);
        _time = ProbeTime.Now(hub.Time);
        _json = new(_time);
        _failed = options.WriteFailed;
        _file = new(options, hub.IncludesContent, hub.Time, () => Head(options, hub.IncludesContent));
        _writing = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Records that reached the file.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Records that were lost: dropped because the queue was full, or not written because writing failed.</summary>
    public long Lost => Volatile.Read(ref _lost) + Volatile.Read(ref _dropped);

    /// <summary>Writes what is on its way and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_closing)
        {
            _closing = true;
            _wake.Set();
        }

        await _writing;
    }

    void IProbeReceiver.Receive(in SeenProbe probe)
    {
        if (!_wants[probe.Shape.Index] || _closing)
        {
            return;
        }

        if (!_queue.TryAdd(probe))
        {
            Interlocked.Increment(ref _dropped);
        }
        else if (_sleeps)
        {
            _sleeps = false;
            _wake.Set();
        }
    }

    private byte[] Head(ProbeFileOptions options, bool content)
    {
        var head = new ProbeJson(_time);
        head.Add(
            ProbeShape.All[ProbeClasses.ProbeFile],
            _first == 0 ? Stopwatch.GetTimestamp() : _first,
            new("version", Version),
            new("product", typeof(ProbeFile).Assembly.GetName().Version?.ToString(3)),
            new("content", content),
            new("classes", options.Filter.ToString()));
        return head.Lines.ToArray();
    }

    private void Write()
    {
        var polls = 0;
        while (true)
        {
            var isLast = _closing;
            switch (WriteBatch())
            {
                case Batch.Full:
                    polls = 0;
                    break;
                case var nothing when isLast && (nothing == Batch.Failed || _queue.IsEmpty):
                    _file.Dispose();
                    return;
                case Batch.Written:
                    // A little at a time would cost the system more than the records cost this thread.
                    polls = 0;
                    _wake.WaitOne(Poll);
                    break;
                case Batch.Failed:
                    // What comes meanwhile fills the queue, and is counted when that is full.
                    _wake.WaitOne(PauseAfterFailure);
                    break;
                case Batch.Empty when ++polls < PollsBeforeSleep:
                    _wake.WaitOne(Poll);
                    break;
                default:
                    Sleep();
                    polls = 0;
                    break;
            }
        }
    }

    private void Sleep()
    {
        _sleeps = true;

        // Whoever added something before it saw the mark has not woken this thread: look once more, soon, before sleeping for good.
        if (_wake.WaitOne(Poll) || !_queue.IsEmpty)
        {
            _sleeps = false;
            return;
        }

        _wake.WaitOne();
        _sleeps = false;
    }

    private Batch WriteBatch()
    {
        long probes = 0;
        _json.Clear();
        while (_json.Lines.Length < BatchBytes && _queue.TryTake(out var probe))
        {
            _first = probes == 0 ? probe.Timestamp : _first;
            probes += Add(probe) ? 1 : 0;
            _queue.Release(probe);
        }

        var isFull = _json.Lines.Length >= BatchBytes;

        var lost = Lost;
        if (lost > _told)
        {
            _json.Add(ProbeShape.All[ProbeClasses.ProbeDropped], Stopwatch.GetTimestamp(), new("count", lost - _told), new("reason", "the writer could not keep up, or could not write"));
        }

        if (_json.Lines.IsEmpty)
        {
            return Batch.Empty;
        }

        if (!Flush())
        {
            Interlocked.Add(ref _lost, probes);
            return Batch.Failed;
        }

        Interlocked.Add(ref _written, probes);
        _told = lost;
        return isFull ? Batch.Full : Batch.Written;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A probe that cannot be written is lost and counted; the writer lives on, and so do the turns.")]
    private bool Add(CapturedProbe probe)
    {
        var before = _json.Lines.Length;
        try
        {
            _json.Add(probe);
            return true;
        }
        catch (Exception)
        {
            _json.CutTo(before);
            Interlocked.Increment(ref _lost);
            return false;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "However writing fails, and whoever is told of it: it is counted, told once, and touches no turn.")]
    private bool Flush()
    {
        try
        {
            _file.Write(_json.Lines);
            return true;
        }
        catch (Exception error)
        {
            Tell(error);
            return false;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "As above.")]
    private void Tell(Exception error)
    {
        if (_isReported)
        {
            return;
        }

        _isReported = true;
        try
        {
            _failed?.Invoke($"{_file.Path}: probes cannot be written ({error.Message}); the room goes on without them, what is lost is counted");
        }
        catch (Exception)
        {
            // Nobody is left to be told.
        }
    }

    private enum Batch
    {
        Empty,
        Written,
        Full,
        Failed,
    }
}
