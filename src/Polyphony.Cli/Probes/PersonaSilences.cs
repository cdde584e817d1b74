using System.Text;
using Polyphony.Cli.Commands;
using Polyphony.Diagnostics;

namespace Polyphony.Cli.Probes;

/// <summary>One silence: a turn without a word, or messages on which no turn was offered.</summary>
/// <param name="At">When.</param>
/// <param name="Room">Where.</param>
/// <param name="Turn">The turn; null where none was offered.</param>
/// <param name="First">The first message; of a turn the one that it answers.</param>
/// <param name="Last">The last message.</param>
/// <param name="Outcome">How the turn ended, or <c>notOffered</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="Messages">On how many messages no turn was offered; 1 of a turn.</param>
internal sealed record Silence(string At, string? Room, string? Turn, long? First, long? Last, string Outcome, string Reason, long Messages = 1);

/// <summary>Finds each silence of one persona, in order, and tells it at once: a file of any size is read in bounded memory.</summary>
internal sealed class PersonaSilences(ProbesWhyOptions options, Action<Silence> tell)
{
    public const string NotOffered = "notOffered";

    private const int MostNames = 20_000;
    private const int MostRooms = 10_000;

    private readonly byte[] _persona = Encoding.UTF8.GetBytes(options.Persona);
    private readonly byte[]? _room = options.Room is null ? null : Encoding.UTF8.GetBytes(options.Room);
    private readonly NamedTally<Counter> _names = new(MostNames);
    private readonly NamedTally<Counter> _roomsOfPersona = new(MostRooms);
    private readonly NamedTally<FloorRun> _runs = new(MostRooms);

    /// <summary>Turns of the persona that ended with a message.</summary>
    public long Spoke { get; private set; }

    public ProbeCounts Counts { get; private set; }

    /// <summary>Reads a file to its end.</summary>
    /// <exception cref="UsageException">The persona is not in the file, or not in the room. Nothing was told then.</exception>
    public void Read(ProbeFile file, CancellationToken cancel)
    {
        Counts = ProbeScan.ToTheEnd(file, Take, cancel) + new ProbeCounts(0, file.Skipped);
        RequireKnown();
        TellRuns(restarts: false);
    }

    private bool Take(ProbeLine line)
    {
        if (line.Class.SequenceEqual("probe.file"u8))
        {
            TellRuns(restarts: true);
        }

        if (!line.Persona.IsEmpty)
        {
            _names.Of(line.Persona).Count++;
        }

        var isOwn = line.Persona.SequenceEqual(_persona);
        if (isOwn)
        {
            _roomsOfPersona.Of(line.Room).Count++;
        }

        if (_room is null || line.Room.SequenceEqual(_room))
        {
            if (isOwn && line.Class.StartsWith("persona.turn."u8))
            {
                TakeOwn(ProbeRecord.Of(line), _runs.Of(line.Room));
            }
            else if (line.Class.StartsWith("floor."u8))
            {
                TakeFloor(ProbeRecord.Of(line), isOwn, _runs.Of(line.Room));
            }
        }

        return true;
    }

    private void TakeOwn(ProbeRecord record, FloorRun run)
    {
        switch (record.Class)
        {
            case "persona.turn.start":
                Offered(run, record, record.Seq, record.Seq);
                break;
            case "persona.turn.spoke":
                Spoke++;
                if (record.SeqField("reply_seq") is { } reply)
                {
                    run.Offered(reply, reply);
                }

                break;
            case "persona.turn.silent" or "persona.turn.error":
                var outcome = record.Class == "persona.turn.error" ? "failed" : record.Field("outcome") ?? "silent";
                tell(new(record.At, record.Room, record.Turn, record.Seq, record.Seq, outcome, SilenceText.ReasonOf(record)!));
                break;
        }
    }

    private void TakeFloor(ProbeRecord record, bool isOwn, FloorRun run)
    {
        if (record.Seq is not { } message)
        {
            return;
        }

        if (record.Class == "floor.refuse")
        {
            run.Refused(record.Field("reason") ?? "no reason given", message, record.At);
        }
        else if (isOwn)
        {
            Offered(run, record, record.SeqField("first") ?? message, record.SeqField("last") ?? message);
        }
        else
        {
            run.WentTo(record.Persona ?? "somebody", message, record.At);
        }
    }

    /// <summary>Ends the run of messages before a turn, and tells it where one is left.</summary>
    private void Offered(FloorRun run, ProbeRecord record, long? first, long? last)
    {
        if (first is { } from && last is { } to)
        {
            run.Offered(from, to);
        }

        Tell(run, record.Room);
    }

    private void TellRuns(bool restarts)
    {
        // Before the persona has been seen, nothing is told: it may turn out to be unknown.
        var isKnown = _roomsOfPersona.All.Any();
        foreach (var (room, run) in _runs.All.OrderBy(r => r.Name, StringComparer.Ordinal))
        {
            if (isKnown && IsRoomOfPersona(room))
            {
                Tell(run, room.Length == 0 ? null : room);
            }

            if (restarts)
            {
                run.Restart();
            }
        }
    }

    private bool IsRoomOfPersona(string room) => _roomsOfPersona.All.Any(r => r.Name == room);

    private void Tell(FloorRun run, string? room)
    {
        if (run.Messages > 0)
        {
            tell(new(run.At, room, null, run.First, run.Last, NotOffered, $"the floor went to {run.Reason}", run.Messages));
            run.Clear();
        }
    }

    private void RequireKnown()
    {
        var rooms = _roomsOfPersona.Names.Where(name => name.Length > 0).ToArray();
        if (!_roomsOfPersona.All.Any())
        {
            throw UnknownPersona(options.Persona, [.. _names.Names]);
        }

        if (options.Room is { } room && !rooms.Contains(room))
        {
            throw new UsageException("--room", $"{Quoted.Of(options.Persona)} is not in {Quoted.Of(room)} in this file, but in: {Quoted.Few(rooms)}");
        }
    }

    /// <summary>Nobody in a file has a name; says who comes near.</summary>
    internal static UsageException UnknownPersona(string persona, string[] names) =>
        new("--persona", $"nobody is called {Quoted.Of(persona)} in this file; {NearOf(persona, names)}");

    private static string NearOf(string name, string[] names) => NearNames.Of(name, names) is { Count: > 0 } near
        ? $"near: {Quoted.Few(near)}"
        : names is [] ? "no record names a persona" : $"there are: {Quoted.Few(names)}";
}
