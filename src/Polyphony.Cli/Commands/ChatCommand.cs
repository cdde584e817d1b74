using System.CommandLine;

namespace Polyphony.Cli.Commands;

/// <summary>What <c>polyphony chat</c> was asked to do.</summary>
internal sealed record ChatOptions
{
    /// <summary>The personas, the floor, the model and the place of the room.</summary>
    public RoomOptions Room { get; init; } = new();

    /// <summary>The room's name within its data directory.</summary>
    public string RoomName { get; init; } = "lobby";

    /// <summary>What the person at the terminal is called.</summary>
    public string PersonName { get; init; } = "Guest";
}

/// <summary>The command <c>chat</c>.</summary>
internal sealed class ChatCommand
{
    private readonly RoomFlags _roomFlags = new();

    private readonly Option<string?> _room = new("--room") { Description = "Name of the room in --data (default lobby)", HelpName = "NAME" };

    private readonly Option<string?> _name = new("--name") { Description = "What you are called (default Guest)", HelpName = "YOU" };

    private readonly Option<bool> _reflect = new("--reflect")
    {
        Description = "Let personas with a model draw conclusions from what they remember, while the room is at rest",
        Arity = ArgumentArity.Zero,
    };

    public Command Create(CommandBody<ChatOptions> body, CommandConsole console)
    {
        var command = new Command("chat", "Talk with the personas of a room, in the terminal or from a pipe");
        _roomFlags.AddTo(command);
        command.Add(_room);
        command.Add(_name);
        command.Add(_reflect);
        command.SetAction((given, cancel) => body(Read(given), console, cancel));
        return command;
    }

    private ChatOptions Read(ParseResult given)
    {
        var room = _roomFlags.Read(given);
        if (given.GetValue(_reflect) && room is { Endpoint: null, ModelFile: null })
        {
            throw new UsageException(_reflect.Name, "the personas have no model to reflect with; add --endpoint URL --model NAME, or leave the flag out");
        }

        var options = new ChatOptions { Room = room with { Reflects = given.GetValue(_reflect) } };
        return options with
        {
            RoomName = given.GetValue(_room) is { } named ? Values.Name(_room.Name, named) : options.RoomName,
            PersonName = given.GetValue(_name) is { } name ? Values.Name(_name.Name, name) : options.PersonName,
        };
    }
}
