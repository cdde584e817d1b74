using System.CommandLine;

namespace Polyphony.Cli.Commands;

/// <summary>What <c>polyphony prompt</c> was asked to do.</summary>
internal sealed record PromptOptions
{
    /// <summary>The personas, the model and the place of the room.</summary>
    public RoomOptions Room { get; init; } = new();

    /// <summary>The room's name within its data directory; absent for the one that chat uses, or the only one that is there.</summary>
    public string? RoomName { get; init; }

    /// <summary>Whose prompt.</summary>
    public required string Persona { get; init; }

    /// <summary>What somebody would say first; nothing where absent.</summary>
    public string? Message { get; init; }

    /// <summary>Who would say it.</summary>
    public string PersonName { get; init; } = new ChatOptions().PersonName;

    /// <summary>Whether to print one JSON document instead of text.</summary>
    public bool Json { get; init; }
}

/// <summary>The command <c>prompt</c>.</summary>
internal sealed class PromptCommand
{
    private readonly RoomFlags _roomFlags = new();

    private readonly Option<string?> _room = new("--room") { Description = "Name of the room; may be left out where there is one only", HelpName = "NAME" };

    private readonly Option<string?> _persona = new("--persona") { Description = "Whose prompt to show; required", HelpName = "NAME" };

    private readonly Option<string?> _message = new("--message") { Description = "Show the prompt as it would be if somebody said this; nothing is stored", HelpName = "TEXT" };

    private readonly Option<string?> _name = new("--name") { Description = "Who would say it (default Guest)", HelpName = "YOU" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document", Arity = ArgumentArity.Zero };

    public Command Create(CommandBody<PromptOptions> body, CommandConsole console)
    {
        var command = new Command("prompt", "Show exactly what would be sent to a persona now, and why; no model is asked, and nothing is changed");
        command.Add(_room);
        command.Add(_persona);
        command.Add(_message);
        command.Add(_name);
        _roomFlags.AddPromptFlagsTo(command);
        command.Add(_json);
        command.SetAction((given, cancel) => body(Read(given), console, cancel));
        return command;
    }

    private PromptOptions Read(ParseResult given)
    {
        var persona = given.GetValue(_persona) ?? throw new UsageException(_persona.Name, "it is missing; name the persona whose prompt to show");
        var options = new PromptOptions { Room = _roomFlags.Read(given), Persona = Values.Name(_persona.Name, persona), Message = given.GetValue(_message), Json = given.GetValue(_json) };
        return options with
        {
            RoomName = given.GetValue(_room) is { } room ? Values.Name(_room.Name, room) : options.RoomName,
            PersonName = given.GetValue(_name) is { } name ? Values.Name(_name.Name, name) : options.PersonName,
        };
    }
}
