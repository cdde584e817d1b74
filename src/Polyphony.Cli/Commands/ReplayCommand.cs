using System.CommandLine;
using Polyphony.Cli.Replay;

namespace Polyphony.Cli.Commands;

/// <summary>How fast a recorded chat is fed to the room.</summary>
internal enum ReplaySpeed
{
    /// <summary>The next message comes when the room is quiet, so that two runs are the same.</summary>
    Max,

    /// <summary>The recorded pace.</summary>
    Real,
}

/// <summary>What <c>polyphony replay</c> was asked to do.</summary>
internal sealed record ReplayOptions
{
    /// <summary>The recorded chat.</summary>
    public required string File { get; init; }

    /// <summary>How the chat is written.</summary>
    public required ChatLogFormat Format { get; init; }

    /// <summary>The personas, the floor, the model and the place of the room.</summary>
    public RoomOptions Room { get; init; } = new();

    /// <summary>How many personas sit in the room. Range 1 to 1,000; default 12.</summary>
    public int Personas { get; init; } = 12;

    /// <summary>How fast to feed it.</summary>
    public ReplaySpeed Speed { get; init; } = ReplaySpeed.Max;

    /// <summary>Whether a line that fits nothing makes the whole file unusable.</summary>
    public bool Strict { get; init; }

    /// <summary>Whether to print one JSON document instead of text.</summary>
    public bool Json { get; init; }
}

/// <summary>The command <c>replay</c>.</summary>
internal sealed class ReplayCommand
{
    private const int MostPersonas = 1_000;

    private static readonly (string Name, ReplaySpeed Value)[] Speeds = [("max", ReplaySpeed.Max), ("real", ReplaySpeed.Real)];

    private readonly RoomFlags _roomFlags = new();

    private readonly Argument<string> _file = new("FILE") { Description = "The recorded chat" };

    private readonly Option<string?> _personas = new("--personas")
    {
        Description = "How many personas; cards are generated where fewer exist (default 12)",
        HelpName = "N",
    };

    private readonly Option<string?> _format = new("--format")
    {
        Description = "irc or jsonl (default: by the file's extension, .jsonl and .ndjson are jsonl, else irc)",
        HelpName = "NAME",
    };

    private readonly Option<string?> _speed = new("--speed")
    {
        Description = "max: the next line when the room is quiet; real: the recorded pace (default max)",
        HelpName = "NAME",
    };

    private readonly Option<bool> _strict = new("--strict")
    {
        Description = "Check the whole file first, and refuse it for one line that fits nothing",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document", Arity = ArgumentArity.Zero };

    public Command Create(CommandBody<ReplayOptions> body, CommandConsole console)
    {
        var command = new Command("replay", "Feed a recorded chat to a live room");
        command.Add(_file);
        command.Add(_personas);
        command.Add(_format);
        command.Add(_speed);
        command.Add(_strict);
        command.Add(_json);
        _roomFlags.AddTo(command);
        command.SetAction((given, cancel) => body(Read(given), console, cancel));
        return command;
    }

    private ReplayOptions Read(ParseResult given)
    {
        var file = given.GetRequiredValue(_file);
        var options = new ReplayOptions
        {
            File = file,
            Format = given.GetValue(_format) is { } format
                ? Values.Choice(_format.Name, format, ChatLogFormats.All)
                : ChatLogFormats.OfFile(file),
            Room = _roomFlags.Read(given),
            Strict = given.GetValue(_strict),
            Json = given.GetValue(_json),
        };
        options = options with
        {
            Personas = given.GetValue(_personas) is { } personas ? Values.Count(_personas.Name, personas, 1, MostPersonas) : options.Personas,
            Speed = given.GetValue(_speed) is { } speed ? Values.Choice(_speed.Name, speed, Speeds) : options.Speed,
        };
        Values.ExistingFile(_file.Name, file);
        return options;
    }
}
