using System.CommandLine;

namespace Polyphony.Cli.Commands;

/// <summary>Who sits where in a trial.</summary>
internal enum StressTopology
{
    /// <summary>All personas in one room.</summary>
    Room,

    /// <summary>A room for each persona.</summary>
    Solo,

    /// <summary>A scripted conversation for each persona, and no room.</summary>
    Scripted,
}

/// <summary>Where the rooms of a trial keep their log.</summary>
internal enum StressLog
{
    Memory,

    Sqlite,
}

/// <summary>How much of the mind of a turn a trial runs.</summary>
internal enum StressMind
{
    /// <summary>No memory, no shared analysis.</summary>
    Thin,

    /// <summary>Both, and prompts whose start is shared.</summary>
    Full,
}

/// <summary>One trial: so many personas, so many messages.</summary>
internal readonly record struct StressSize(int Personas, int Messages);

/// <summary>What <c>polyphony stress</c> was asked to do.</summary>
internal sealed record StressOptions
{
    /// <summary>The trials. Personas 1 to 10,000, messages 1 to 100,000.</summary>
    public required IReadOnlyList<StressSize> Sizes { get; init; }

    /// <summary>How long the model takes. Milliseconds, 0 to 60,000; default 50. 0 leaves the timed trials out.</summary>
    public int DelayMs { get; init; } = 50;

    /// <summary>The topology of the timed trials (none: room). The others run solo, unless this is scripted: then all do.</summary>
    public StressTopology? Topology { get; init; }

    /// <summary>Where the rooms keep their log.</summary>
    public StressLog Log { get; init; } = StressLog.Memory;

    /// <summary>Whether an accepted turn survives a power failure, not only the process's end.</summary>
    public bool PowerFailureSafe { get; init; }

    /// <summary>Whether personas remember and messages are analysed.</summary>
    public StressMind Mind { get; init; } = StressMind.Thin;

    /// <summary>The model's file; absent with <see cref="MakesModel"/> false means a model of known cost.</summary>
    public string? Model { get; init; }

    /// <summary>Whether a model of the shape of Qwen2.5-0.5B is made for it.</summary>
    public bool MakesModel { get; init; }

    /// <summary>Where the probes go.</summary>
    public ProbeTarget Probes { get; init; } = ProbeTarget.None;

    /// <summary>Whether to print one JSON document instead of text.</summary>
    public bool Json { get; init; }
}

/// <summary>The command <c>stress</c>.</summary>
internal sealed class StressCommand
{
    private const int MostPersonas = 10_000;
    private const int MostMessages = 100_000;
    private const int MostDelayMs = 60_000;

    // Without --messages a small room gets ten and a large one five: with the default personas this is the seed's 10,10,5,5.
    private const int SmallRoom = 4;
    private const int MessagesOfSmallRoom = 10;
    private const int MessagesOfLargeRoom = 5;

    private static readonly int[] DefaultPersonas = [2, 4, 8, 12];

    private static readonly (string Name, StressTopology Value)[] Topologies =
        [("room", StressTopology.Room), ("solo", StressTopology.Solo), ("scripted", StressTopology.Scripted)];

    private static readonly (string Name, StressLog Value)[] Logs = [("memory", StressLog.Memory), ("sqlite", StressLog.Sqlite)];

    private static readonly (string Name, StressMind Value)[] Minds = [("thin", StressMind.Thin), ("full", StressMind.Full)];

    private readonly Option<string?> _personas = new("--personas")
    {
        Description = "How many personas in each trial (default 2,4,8,12)",
        HelpName = "N,N,…",
    };

    private readonly Option<string?> _messages = new("--messages")
    {
        Description = "How many messages in each trial, or one count for all (default 10 up to 4 personas, else 5)",
        HelpName = "M,M,…",
    };

    private readonly Option<string?> _delay = new("--delay-ms")
    {
        Description = "How long the model takes, in milliseconds; 0 leaves the timed trials out (default 50)",
        HelpName = "MS",
    };

    private readonly Option<string?> _topology = new("--topology")
    {
        Description = "of the timed trials. room: all in one (default); solo: a room each; scripted: no room, in all trials",
        HelpName = "NAME",
    };

    private readonly Option<string?> _log = new("--log") { Description = "memory or sqlite (default memory)", HelpName = "NAME" };

    private readonly Option<string?> _mind = new("--mind")
    {
        Description = "thin: neither memory nor shared analysis (default); full: both, and prompts whose start is shared",
        HelpName = "NAME",
    };

    private readonly Option<string?> _model = new("--model")
    {
        Description = "A real model in place of one of known cost: a GGUF file, or what --shape says where no file is given",
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _shape = new("--shape") { Description = $"With --model: the shape of the model that is made, {BenchCommand.Shapes[0].Name}", HelpName = "NAME" };

    private readonly Option<bool> _powerFailureSafe = new("--power-failure-safe")
    {
        Description = "With --log sqlite: an accepted turn survives a power failure",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document", Arity = ArgumentArity.Zero };

    private readonly ProbeFlags _probes = new();

    public Command Create(CommandBody<StressOptions> body, CommandConsole console)
    {
        var command = new Command("stress", "Measure what everything except the model costs");
        command.Add(_personas);
        command.Add(_messages);
        command.Add(_delay);
        command.Add(_topology);
        command.Add(_log);
        command.Add(_mind);
        command.Add(_model);
        command.Add(_shape);
        command.Add(_powerFailureSafe);
        command.Add(_json);
        _probes.AddTo(command);
        command.SetAction((given, cancel) => body(Read(given), console, cancel));
        return command;
    }

    private StressOptions Read(ParseResult given)
    {
        var options = new StressOptions
        {
            Sizes = ReadSizes(given),
            Model = given.GetValue(_model) is { } model ? Values.ExistingFile(_model.Name, model) : null,
            MakesModel = ReadShape(given),
            PowerFailureSafe = given.GetValue(_powerFailureSafe),
            Json = given.GetValue(_json),
            Probes = _probes.Read(given),
        };
        options = options with
        {
            DelayMs = given.GetValue(_delay) is { } delay ? Values.Count(_delay.Name, delay, 0, MostDelayMs) : options.DelayMs,
            Topology = given.GetValue(_topology) is { } topology ? Values.Choice(_topology.Name, topology, Topologies) : null,
            Log = given.GetValue(_log) is { } log ? Values.Choice(_log.Name, log, Logs) : options.Log,
            Mind = given.GetValue(_mind) is { } mind ? Values.Choice(_mind.Name, mind, Minds) : options.Mind,
        };
        if (options is { Model: not null } or { MakesModel: true })
        {
            RequireAlone(given);
        }

        if (options is { Topology: StressTopology.Scripted, Log: StressLog.Sqlite })
        {
            throw new UsageException(_log.Name, "a scripted conversation has no room and keeps no log; leave the flag out, or choose another --topology");
        }

        if (options is { Topology: StressTopology.Scripted, Mind: StressMind.Full })
        {
            throw new UsageException(_mind.Name, "a scripted conversation has no room that could remember or analyse; leave the flag out, or choose another --topology");
        }

        return options is { PowerFailureSafe: true, Log: StressLog.Memory }
            ? throw new UsageException(_powerFailureSafe.Name, "a log in memory survives nothing; add --log sqlite, or leave the flag out")
            : options;
    }

    private bool ReadShape(ParseResult given)
    {
        var (isReal, file, shape) = (given.GetResult(_model) is not null, given.GetValue(_model), given.GetValue(_shape));
        if (shape is not null)
        {
            Values.Choice(_shape.Name, shape, BenchCommand.Shapes);
        }

        return (isReal, file, shape) switch
        {
            (false, _, not null) => throw new UsageException(_shape.Name, "the shape is that of a model; add --model"),
            (true, not null, not null) => throw new UsageException(_shape.Name, "a model's file has its own shape; leave out one of the two"),
            (true, null, null) => throw new UsageException(_model.Name, $"no model is named; give a GGUF file, or --shape {BenchCommand.Shapes[0].Name}"),
            _ => isReal && file is null,
        };
    }

    private void RequireAlone(ParseResult given)
    {
        foreach (var option in (Option[])[_delay, _mind, _topology])
        {
            if (given.GetResult(option) is not null)
            {
                throw new UsageException(option.Name, "this is a matter of the model of known cost; leave it out, or leave out --model");
            }
        }
    }

    private List<StressSize> ReadSizes(ParseResult given)
    {
        var personas = given.GetValue(_personas) is { } n ? Values.Counts(_personas.Name, n, 1, MostPersonas) : DefaultPersonas;
        if (given.GetValue(_messages) is not { } m)
        {
            return [.. personas.Select(p => new StressSize(p, p <= SmallRoom ? MessagesOfSmallRoom : MessagesOfLargeRoom))];
        }

        var messages = Values.Counts(_messages.Name, m, 1, MostMessages);
        if (messages.Count != 1 && messages.Count != personas.Count)
        {
            throw new UsageException(
                _messages.Name, $"{messages.Count} counts for {personas.Count} of --personas; give as many, or one for all");
        }

        return [.. personas.Select((p, i) => new StressSize(p, messages[messages.Count == 1 ? 0 : i]))];
    }
}
