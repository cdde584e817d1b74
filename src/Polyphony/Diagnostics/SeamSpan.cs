using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Polyphony.Diagnostics;

/// <summary>
/// A timing under way. The hubs of the process take it as it is, for a tenth of what an <see cref="Activity"/> costs; where somebody listens to .NET's activities there is one
/// of these beside it, and both have the same ids.
/// </summary>
/// <remarks>
/// Of the flow that it began in. What runs in a turn runs one thing after the other, so that the innermost span is kept by its trace and only the trace is ambient. What runs beside the turn begins with
/// <see cref="StartBeside"/> and never becomes the innermost.
/// </remarks>
internal sealed class SeamSpan : IDisposable
{
    private static readonly AsyncLocal<Trace?> Ambient = new();

    private static ulong _lastId = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private readonly Activity? _activity;
    private readonly Trace _trace;
    private readonly SeamSpan? _within;
    private readonly bool _isAmbient;
    private KeyValuePair<string, object?>[] _tags = [];
    private int _tagCount;
    private long _began;
    private bool _hasEnded;

    private SeamSpan(string seam, Activity? activity, Trace? trace, bool isAmbient)
    {
        (Seam, _activity, _isAmbient) = (seam, activity, isAmbient);
        _within = trace?.Innermost;
        _trace = trace ?? Trace.Of(activity);
        Id = activity is null ? NewId() : IdOf(activity.SpanId);
        if (isAmbient)
        {
            _trace.Innermost = this;
        }

        _began = Stopwatch.GetTimestamp();
    }

    /// <summary>The innermost span of this flow that has not ended.</summary>
    public static SeamSpan? Current => Ambient.Value?.Innermost;

    /// <summary>Whether a timing that begins now would be heard.</summary>
    public static bool IsHeard => Instruments.IsSupported && (ProbeHub.IsAnyListening || Instruments.Source.HasListeners());

    /// <summary>One of <see cref="ProbeSeams"/>.</summary>
    public string Seam { get; }

    /// <summary>Its number in its trace; never 0.</summary>
    public ulong Id { get; }

    /// <summary>The number of the span around it; 0 where there is none.</summary>
    public ulong ParentId => _within?.Id ?? 0;

    /// <summary>The trace's number.</summary>
    public UInt128 TraceId => _trace.Id;

    /// <summary>Whose turn its trace is; fixed by <see cref="Identify"/>.</summary>
    public ref readonly ProbeKeys Keys => ref _trace.Keys;

    /// <summary>What stands for its trace: the same object for all spans of one.</summary>
    public object TraceKey => _trace;

    /// <summary>How long it took; until now where it has not ended.</summary>
    public TimeSpan Duration { get => _hasEnded ? field : Stopwatch.GetElapsedTime(_began); private set; }

    /// <summary>What it was tagged with.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Tags => _tags.AsSpan(0, _tagCount);

    /// <summary>Begins a trace of its own, in which the spans of this flow lie from now on; null when nobody listens.</summary>
    public static SeamSpan? StartTrace(string seam)
    {
        if (!IsHeard)
        {
            return null;
        }

        // Whatever the flow was started under.
        Activity.Current = null;
        var span = new SeamSpan(seam, Instruments.Source.StartActivity(seam), null, isAmbient: true);
        Ambient.Value = span._trace;
        return span;
    }

    /// <summary>Begins a timing within the innermost one of this flow; null when nobody listens.</summary>
    public static SeamSpan? Start(string seam) => Start(seam, ActivityKind.Internal, isAmbient: true);

    /// <summary>The same for a call of something else.</summary>
    public static SeamSpan? StartCall(string seam) => Start(seam, ActivityKind.Client, isAmbient: true);

    /// <summary>Begins the timing of a call that the innermost span of this flow waits for, and that others may go on without.</summary>
    public static SeamSpan? StartBeside(string seam) => Start(seam, ActivityKind.Client, isAmbient: false);

    /// <summary>Begins a trace that is nobody's surroundings, and names the activity that it was begun in. Leaves the ambient one alone.</summary>
    public static SeamSpan? StartApart(string seam)
    {
        if (!IsHeard)
        {
            return null;
        }

        if (!Instruments.Source.HasListeners())
        {
            return new(seam, null, null, isAmbient: false);
        }

        var ambient = Activity.Current;
        Activity.Current = null;
        var activity = Instruments.Source.StartActivity(seam, ActivityKind.Internal, default(ActivityContext), null, ambient is null ? null : [new(ambient.Context)]);
        Activity.Current = ambient;
        return new(seam, activity, null, isAmbient: false);
    }

    /// <summary>Tells of a timing within this one that is over.</summary>
    /// <param name="seam">One of <see cref="ProbeSeams"/>.</param>
    /// <param name="after">How long after this one it began.</param>
    /// <param name="took">How long it took.</param>
    public void Record(string seam, TimeSpan after, TimeSpan took)
    {
        var activity = _activity is null ? null : Instruments.Source.StartActivity(seam);
        if (activity is not null && _activity is not null)
        {
            activity.SetStartTime(_activity.StartTimeUtc + after).SetEndTime(_activity.StartTimeUtc + after + took);
        }

        var span = new SeamSpan(seam, activity, _trace, isAmbient: false) { Duration = took, _hasEnded = true };
        activity?.Dispose();
        ProbeHub.TakeTiming(span);
    }

    /// <summary>Says that it began earlier than here.</summary>
    public void BeganBefore(TimeSpan before)
    {
        _began -= (long)(before.TotalSeconds * Stopwatch.Frequency);
        _activity?.SetStartTime(_activity.StartTimeUtc - before);
    }

    /// <summary>Says whose turn its trace is.</summary>
    public void Identify(in ProbeKeys keys)
    {
        _trace.Keys = keys;
        _activity?.SetTag(Instruments.RoomTag, keys.Room).SetTag(Instruments.TurnTag, keys.Turn).SetTag(Instruments.PersonaTag, keys.Persona).SetTag(Instruments.SeqTag, keys.Seq);
    }

    /// <summary>Notes something about it; nothing where there is no value.</summary>
    public SeamSpan SetTag(string name, object? value)
    {
        _activity?.SetTag(name, value);
        if (value is null)
        {
            return this;
        }

        if (_tagCount == _tags.Length)
        {
            Array.Resize(ref _tags, Math.Max(2, _tags.Length * 4));
        }

        _tags[_tagCount++] = new(name, value);
        return this;
    }

    /// <summary>Notes that what it times broke.</summary>
    public void Fail(string? errorType)
    {
        _activity?.SetStatus(ActivityStatusCode.Error);
        SetTag(Instruments.ErrorTag, errorType);
    }

    /// <summary>What a collector shows for it.</summary>
    public void NameAfter(string prefix, string what) => _activity?.DisplayName = $"{prefix} {what}";

    /// <summary>Ends it. Once; more changes nothing.</summary>
    public void Dispose()
    {
        if (_hasEnded)
        {
            return;
        }

        (Duration, _hasEnded) = (Stopwatch.GetElapsedTime(_began), true);
        End();
        if (_isAmbient && ReferenceEquals(_trace.Innermost, this))
        {
            _trace.Innermost = _within;
        }

        if (_isAmbient && _within is null)
        {
            Ambient.Value = null;
        }

        ProbeHub.TakeTiming(this);
    }

    private void End()
    {
        if (_activity is null || _isAmbient)
        {
            _activity?.Dispose();
            return;
        }

        // It may end in another flow than it began in, whose surroundings are none of its business.
        var ambient = Activity.Current;
        _activity.Dispose();
        Activity.Current = ambient;
    }

    private static SeamSpan? Start(string seam, ActivityKind kind, bool isAmbient) =>
        IsHeard ? new(seam, Instruments.Source.StartActivity(seam, kind), Ambient.Value, isAmbient) : null;

    // SplitMix64 (Steele, Lea, Flood 2014) from a start of the process's own: ids differ between processes, and are no part of what a run's seed decides.
    private static ulong NewId()
    {
        var mixed = Interlocked.Add(ref _lastId, 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        return mixed == 0 ? 1 : mixed;
    }

    private static ulong IdOf(ActivitySpanId id)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        id.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    /// <summary>What the spans of one trace have in common.</summary>
    private sealed class Trace(UInt128 id)
    {
        private ProbeKeys _keys;

        public UInt128 Id { get; } = id;

        public ref ProbeKeys Keys => ref _keys;

        public SeamSpan? Innermost { get; set; }

        public static Trace Of(Activity? activity)
        {
            if (activity is null)
            {
                return new(new(NewId(), NewId()));
            }

            Span<byte> bytes = stackalloc byte[16];
            activity.TraceId.CopyTo(bytes);
            return new(BinaryPrimitives.ReadUInt128BigEndian(bytes));
        }
    }
}
