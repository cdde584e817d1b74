namespace Polyphony.Cli.Probes;

/// <summary>Messages of one room on which a persona was offered no turn, and who had the floor for them instead.</summary>
/// <remarks>Bounded: of very long runs the oldest messages are counted only.</remarks>
internal sealed class FloorRun
{
    private const int MostMessages = 10_000;
    private const int MostHolders = 1_000;

    // Who got the floor for a message, or why nobody did.
    private readonly SortedDictionary<long, string> _byMessage = [];
    private readonly Dictionary<string, long> _folded = [];
    private long _foldedFirst;
    private long _seenThrough;

    public long Messages => _byMessage.Count + _folded.Values.Sum();

    public long First => _folded.Count > 0 ? _foldedFirst : _byMessage.Keys.First();

    public long Last => _byMessage.Count > 0 ? _byMessage.Keys.Last() : _foldedFirst;

    /// <summary>When the newest of it happened.</summary>
    public string At { get; private set; } = "";

    /// <summary>Who had the floor, and for how many of the messages; the most frequent first.</summary>
    public string Reason => string.Join(", ", _byMessage.Values
        .GroupBy(why => why, StringComparer.Ordinal)
        .Select(g => KeyValuePair.Create(g.Key, (long)g.Count()))
        .Concat(_folded)
        .GroupBy(why => why.Key, StringComparer.Ordinal)
        .Select(g => (Why: g.Key, Count: g.Sum(why => why.Value)))
        .OrderByDescending(why => why.Count)
        .ThenBy(why => why.Why, StringComparer.Ordinal)
        .Select(why => why.Count == 1 ? why.Why : $"{why.Why} × {why.Count}"));

    /// <summary>The floor for a message went to somebody else.</summary>
    public void WentTo(string holder, long message, string at) => Add(message, holder, at, isGrant: true);

    /// <summary>Nobody got the floor for a message.</summary>
    public void Refused(string reason, long message, string at) => Add(message, $"nobody ({reason})", at, isGrant: false);

    /// <summary>The persona is offered a turn on these messages, so they are not part of the run.</summary>
    public void Offered(long first, long last)
    {
        for (var seq = Math.Max(first, last - MostMessages); seq <= last; seq++)
        {
            _byMessage.Remove(seq);
        }

        _seenThrough = Math.Max(_seenThrough, last);
    }

    /// <summary>The run has been told. What comes now begins a new one.</summary>
    public void Clear()
    {
        _byMessage.Clear();
        _folded.Clear();
    }

    /// <summary>A new run of the program writes to the file: its messages are counted from 1 again.</summary>
    public void Restart()
    {
        Clear();
        _seenThrough = 0;
    }

    private void Add(long message, string why, string at, bool isGrant)
    {
        if (message <= _seenThrough)
        {
            return;
        }

        At = at;
        if (!_byMessage.TryAdd(message, why))
        {
            _byMessage[message] = isGrant && _byMessage[message].StartsWith("nobody (", StringComparison.Ordinal) ? why : _byMessage[message];
        }

        if (_byMessage.Count > MostMessages)
        {
            var (oldest, holder) = _byMessage.First();
            _byMessage.Remove(oldest);
            _foldedFirst = _folded.Count == 0 ? oldest : _foldedFirst;
            var key = _folded.Count >= MostHolders && !_folded.ContainsKey(holder) ? "others" : holder;
            _folded[key] = _folded.GetValueOrDefault(key) + 1;
        }
    }
}
