using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Polyphony.Diagnostics;

/// <summary>Takes probes as they come, on the threads of the turns: it must be quick, must not wait and must not throw.</summary>
internal interface IProbeReceiver
{
    void Receive(in SeenProbe probe);
}

/// <summary>
/// Where the probes of this process come together: the events of <see cref="Logger"/>, and the timings of all rooms. From here they go to probe files and
/// to live streams.
/// </summary>
/// <remarks>
/// Thread-safe. Give <see cref="Logger"/> to the rooms to be watched, or add the hub as a provider to a logger factory, with the category <c>Polyphony</c> enabled
/// from Debug on; content comes with <see cref="Logger"/> only, so that no level of an ordinary log can let it out. Dispose it after the rooms: what is on its way is then written.
/// </remarks>
public sealed class ProbeHub : ILoggerProvider, IAsyncDisposable
{
    private static readonly Lock Listing = new();
    private static volatile ProbeHub[] _all = [];

    private const int UsualValues = 16;

    private readonly Lock _changing = new();
    private readonly List<ProbeFile> _files = [];
    private volatile IProbeReceiver[] _receivers = [];
    private volatile bool _isDisposed;

    [ThreadStatic]
    private static KeyValuePair<string, object?>[]? _values;

    /// <param name="includeContent">
    /// Whether probes hold what people and models said: message text, prompts, raw answers. Default false: then none of it reaches a file or a stream.
    /// </param>
    /// <param name="time">The clock of the records' wall time.</param>
    public ProbeHub(bool includeContent = false, TimeProvider? time = null)
    {
        IncludesContent = includeContent;
        Time = time ?? TimeProvider.System;
        Logger = new HubLogger(this);
        lock (Listing)
        {
            _all = [.. _all, this];
        }
    }

    /// <summary>Where rooms send their events.</summary>
    public ILogger Logger { get; }

    /// <summary>Whether what people and models said is part of the probes.</summary>
    public bool IncludesContent { get; }

    internal TimeProvider Time { get; }

    /// <summary>Writes the probes to a file from now on. The hub owns the writing and ends it.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public ProbeFile WriteTo(ProbeFileOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var file = new ProbeFile(options, this);
        lock (_changing)
        {
            _files.Add(file);
        }

        Add(file);
        return file;
    }

    /// <summary>Follows the probes live, from now on.</summary>
    /// <param name="filter">Which classes.</param>
    /// <param name="capacity">How many may wait; a subscriber that falls further behind is told so.</param>
    public ProbeStream Subscribe(ProbeFilter filter, int capacity = 4096)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        var stream = new ProbeStream(this, filter, capacity);
        Add(stream);
        return stream;
    }

    /// <summary>The hub's logger, whatever the category: only probes are taken from it.</summary>
    public ILogger CreateLogger(string categoryName) => Logger;

    /// <summary>Ends the streams, writes what is on its way and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        lock (Listing)
        {
            _all = [.. _all.Where(h => h != this)];
        }

        foreach (var receiver in _receivers)
        {
            if (receiver is ProbeStream stream)
            {
                stream.Dispose();
            }
        }

        ProbeFile[] files;
        lock (_changing)
        {
            files = [.. _files];
        }

        foreach (var file in files)
        {
            await file.DisposeAsync();
        }
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    internal void Remove(IProbeReceiver receiver)
    {
        lock (_changing)
        {
            _receivers = [.. _receivers.Where(r => r != receiver)];
        }
    }

    private void Add(IProbeReceiver receiver)
    {
        lock (_changing)
        {
            _receivers = [.. _receivers, receiver];
        }
    }

    /// <summary>Whether there is a hub: a timing of any room is heard by all of them.</summary>
    internal static bool IsAnyListening => _all.Length > 0;

    /// <summary>Takes a timing that has ended.</summary>
    internal static void TakeTiming(SeamSpan span)
    {
        foreach (var hub in _all)
        {
            if (hub._receivers is { Length: > 0 } receivers)
            {
                Hand(receivers, new(ProbeShape.Timing, Stopwatch.GetTimestamp(), span, default));
            }
        }
    }

    private void TakeEvent<TState>(ProbeShape shape, TState state)
    {
        if (_receivers is not { Length: > 0 } receivers)
        {
            return;
        }

        // Asked of the state itself each time, and not of a variable of the interface's type: that would put every state on the heap.
        var count = ((IReadOnlyList<KeyValuePair<string, object?>>)state!).Count;
        var values = _values ?? [];
        if (values.Length < count)
        {
            _values = values = new KeyValuePair<string, object?>[Math.Max(count, UsualValues)];
        }

        for (var i = 0; i < count; i++)
        {
            values[i] = ((IReadOnlyList<KeyValuePair<string, object?>>)state)[i];
        }

        Hand(receivers, new(shape, Stopwatch.GetTimestamp(), shape.IsOfRoom ? null : SeamSpan.Current, values.AsSpan(0, count)));
        values.AsSpan(0, count).Clear();
    }

    private static void Hand(IProbeReceiver[] receivers, in SeenProbe probe)
    {
        foreach (var receiver in receivers)
        {
            receiver.Receive(probe);
        }
    }

    internal sealed class HubLogger(ProbeHub hub) : ILogger
    {
        public bool IncludesContent => hub.IncludesContent;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // Trace is where the probes with content are.
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug ? logLevel != LogLevel.None : hub.IncludesContent;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (hub._receivers.Length > 0 && IsEnabled(logLevel) && eventId.Name is { } name && ShapeOf<TState>(name) is { } shape
                && state is IReadOnlyList<KeyValuePair<string, object?>>)
            {
                hub.TakeEvent(shape, state);
            }
        }

        private static ProbeShape? ShapeOf<TState>(string name) =>
            Last<TState>.Shape is { } last && last.Name == name ? last : Last<TState>.Shape = ProbeShape.All.GetValueOrDefault(name);

        // A log method mostly has a state of its own, so that the last answer is mostly the right one.
        private static class Last<TState>
        {
            public static ProbeShape? Shape { get; set; }
        }
    }
}
