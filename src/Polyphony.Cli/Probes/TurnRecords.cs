using System.Text;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>The records of one turn, found in a file of any size: its attempts in order, and those of further runs that had a turn of this number.</summary>
internal sealed class TurnRecords
{
    private const int MostRooms = 1_000;
    private const int MostRecords = 20_000;
    private const int MostBytes = 32 * 1024 * 1024;

    private readonly ProbesTurnOptions _options;
    private readonly byte[] _turn;
    private readonly byte[]? _room;
    private readonly NamedTally<Counter> _rooms = new(MostRooms);
    private readonly List<TurnAttempt> _attempts = [];
    private readonly Dictionary<(long Run, string Trace), TurnAttempt> _byTrace = [];
    private readonly List<(long Run, ProbeRecord Grant)> _grants = [];
    private long _run;
    private byte[]? _kept;
    private int _records;
    private long _bytes;

    private TurnRecords(ProbesTurnOptions options)
    {
        _options = options;
        _turn = Encoding.UTF8.GetBytes(options.Turn);
        _room = options.Room is null ? null : Encoding.UTF8.GetBytes(options.Room);
    }

    /// <summary>Oldest first. Never empty.</summary>
    public IReadOnlyList<TurnAttempt> Attempts => _attempts;

    /// <summary>The room; null where the records name none.</summary>
    public string? Room => _kept is null ? null : Encoding.UTF8.GetString(_kept);

    /// <summary>Whether there was more of this turn than is kept.</summary>
    public bool IsCut { get; private set; }

    public ProbeCounts Counts { get; private set; }

    /// <summary>Reads a file to its end.</summary>
    /// <exception cref="UsageException">The turn is not in the file, or in several rooms of it.</exception>
    public static TurnRecords Read(ProbeFile file, ProbesTurnOptions options, CancellationToken cancel)
    {
        var turn = new TurnRecords(options);
        turn.Counts = ProbeScan.ToTheEnd(file, turn.Take, cancel) + new ProbeCounts(0, file.Skipped);
        turn.RequireOne();
        turn.JoinGrants();
        return turn;
    }

    private bool Take(ProbeLine line)
    {
        if (line.Class.SequenceEqual("probe.file"u8))
        {
            _run++;
        }

        if (!line.Turn.SequenceEqual(_turn))
        {
            return true;
        }

        if (!line.Room.IsEmpty)
        {
            _rooms.Of(line.Room).Count++;
        }

        if (_room is null || line.Room.SequenceEqual(_room))
        {
            Keep(line);
        }

        return true;
    }

    private void Keep(ProbeLine line)
    {
        if (!line.Room.IsEmpty)
        {
            _kept ??= line.Room.ToArray();
            if (!line.Room.SequenceEqual(_kept))
            {
                return;
            }
        }

        // What the room writes about a turn stands in the trace of whatever made the room decide.
        var isOfFloor = line.Class.StartsWith("floor."u8);
        if (!isOfFloor && !line.IsTiming && !line.Class.StartsWith("persona."u8) && !line.Class.StartsWith("inference."u8))
        {
            return;
        }

        if (_records >= MostRecords || _bytes + line.Json.Length > MostBytes)
        {
            IsCut = true;
            return;
        }

        _records++;
        _bytes += line.Json.Length;
        if (isOfFloor)
        {
            _grants.Add((_run, ProbeRecord.Of(line)));
        }
        else
        {
            Add(ProbeRecord.Of(line));
        }
    }

    private void Add(ProbeRecord record)
    {
        var key = (_run, record.TraceId ?? "");
        if (!_byTrace.TryGetValue(key, out var attempt))
        {
            _attempts.Add(attempt = _byTrace[key] = new());
        }

        attempt.Add(record);
    }

    private void RequireOne()
    {
        var rooms = _rooms.Names.ToArray();
        if (_room is null && rooms.Length > 1)
        {
            throw new UsageException("--room", $"{_options.Turn} is a turn of {rooms.Length} rooms in this file ({Quoted.Few(rooms)}); choose one with --room NAME");
        }

        if (_attempts.Count > 0 || _grants.Count > 0)
        {
            return;
        }

        throw _room is not null && rooms.Length > 0
            ? new UsageException("--room", $"{_options.Turn} is not a turn of {Quoted.Of(_options.Room!)} in this file, but of: {Quoted.Few(rooms)}")
            : new UsageException("ID", $"there is nothing about the turn {_options.Turn} in {Quoted.Of(_options.File)}; 'polyphony probes tail FILE --no-follow' shows the turns there are");
    }

    private void JoinGrants()
    {
        if (_attempts.Count == 0)
        {
            // It was given the floor, and there is no more about it: it never began, or that was not written.
            var granted = new TurnAttempt { Grant = _grants[^1].Grant };
            granted.Add(granted.Grant);
            _attempts.Add(granted);
            return;
        }

        foreach (var ((run, _), attempt) in _byTrace)
        {
            attempt.Grant = _grants.FindLast(g => g.Run == run && (attempt.Number is null || g.Grant.NumberField("attempt") == attempt.Number)).Grant;
        }
    }
}
