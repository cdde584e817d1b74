using System.CommandLine;
using Polyphony.Memory;

namespace Polyphony.Cli.Commands;

/// <summary>What to do with one engram.</summary>
internal enum EngramChange
{
    /// <summary>Remove it for good.</summary>
    Forget,

    /// <summary>Keep it as it is.</summary>
    Pin,

    /// <summary>Let it fade again.</summary>
    Unpin,
}

/// <summary>What <c>polyphony persona memory</c> was asked to do.</summary>
internal sealed record PersonaMemoryOptions
{
    /// <summary>Whose memory, by name.</summary>
    public required string Persona { get; init; }

    /// <summary>The data directory.</summary>
    public required string Data { get; init; }

    /// <summary>The room; absent where the directory has one only.</summary>
    public string? Room { get; init; }

    /// <summary>What to change; nothing where absent.</summary>
    public (EngramChange Change, EngramId Id)? Change { get; init; }

    /// <summary>Whether to print everything, one engram a line of JSON.</summary>
    public bool Export { get; init; }

    /// <summary>Whether to print one JSON document instead of text.</summary>
    public bool Json { get; init; }
}

/// <summary>The command <c>persona</c> and those below it.</summary>
internal sealed class PersonaCommand
{
    public const string ForgetFlag = "--forget";
    public const string PinFlag = "--pin";
    public const string UnpinFlag = "--unpin";
    public const string RoomFlag = "--room";

    private readonly Argument<string> _persona = new("NAME") { Description = "Whose memory" };

    private readonly Option<string?> _data = new(RoomFlags.DataFlag) { Description = "The directory in which the room is kept", HelpName = "DIR" };

    private readonly Option<string?> _room = new(RoomFlag) { Description = "Name of the room; may be left out where there is one only", HelpName = "NAME" };

    private readonly Option<string?> _forget = new(ForgetFlag) { Description = "Remove this engram for good; its message is not remembered again", HelpName = "ID" };

    private readonly Option<string?> _pin = new(PinFlag) { Description = "Keep this engram as it is, and release it from quarantine", HelpName = "ID" };

    private readonly Option<string?> _unpin = new(UnpinFlag) { Description = "Let this engram fade again", HelpName = "ID" };

    private readonly Option<bool> _export = new("--export") { Description = "Print everything, one engram a line of JSON", Arity = ArgumentArity.Zero };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document", Arity = ArgumentArity.Zero };

    public Command Create(CommandBody<PersonaMemoryOptions> memory, CommandConsole console)
    {
        var sub = new Command("memory", "What a persona remembers of a room; the room must not be open elsewhere")
        {
            _persona, _data, _room, _forget, _pin, _unpin, _export, _json,
        };
        sub.SetAction((given, cancel) => memory(Read(given), console, cancel));
        return new("persona", "Look after a persona") { sub };
    }

    private PersonaMemoryOptions Read(ParseResult given)
    {
        var data = given.GetValue(_data) ?? throw new UsageException(_data.Name, "it is missing; name the directory in which the room is kept");
        if (given.GetValue(_export) && given.GetValue(_json))
        {
            throw new UsageException(_export.Name, "it and --json are two forms of the same; give one of them");
        }

        return new()
        {
            Persona = Values.Name(_persona.Name, given.GetRequiredValue(_persona)),
            Data = Values.DirectoryToUse(_data.Name, data),
            Room = given.GetValue(_room) is { } room ? Values.Name(_room.Name, room) : null,
            Change = ReadChange(given),
            Export = given.GetValue(_export),
            Json = given.GetValue(_json),
        };
    }

    private (EngramChange Change, EngramId Id)? ReadChange(ParseResult given)
    {
        (EngramChange Change, EngramId Id)? read = null;
        foreach (var (option, change) in ((Option<string?>, EngramChange)[])[(_forget, EngramChange.Forget), (_pin, EngramChange.Pin), (_unpin, EngramChange.Unpin)])
        {
            if (given.GetValue(option) is not { } text)
            {
                continue;
            }

            if (read is not null)
            {
                throw new UsageException(option.Name, $"one change at a time; leave it out, or the other of {ForgetFlag}, {PinFlag} and {UnpinFlag}");
            }

            read = (change, IdOf(option.Name, text));
        }

        return read;
    }

    private static EngramId IdOf(string flag, string text)
    {
        var digits = text is ['e' or 'E', .. var rest] ? rest : text;
        return digits.Length is > 0 and <= 18 && digits.All(char.IsAsciiDigit)
            ? new(long.Parse(digits, System.Globalization.CultureInfo.InvariantCulture))
            : throw new UsageException(flag, $"{Quoted.Of(text)} is no engram; give its id as the list shows it, like e12");
    }
}
