using System.CommandLine;
using Polyphony.Diagnostics;

namespace Polyphony.Cli.Commands;

/// <summary>The command <c>probes</c> and those below it.</summary>
internal sealed class ProbesCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "The probe file, as written with --probes" };

    private readonly Argument<string> _turn = new("ID") { Description = "The turn, as t12 or 12" };

    private readonly Option<string?> _classes = new("--class")
    {
        Description = "Only these classes: a class, a namespace of them (persona takes persona.turn.start), or *",
        HelpName = "FILTER,…",
    };

    private readonly Option<string?> _persona = new("--persona") { Description = "Only what concerns this persona", HelpName = "NAME" };

    private readonly Option<string?> _whose = new("--persona") { Description = "Whose silences", HelpName = "NAME" };

    private readonly Option<string?> _room = new("--room") { Description = "Only this room (turns are numbered within their room)", HelpName = "NAME" };

    private readonly Option<string?> _over = new("--over") { Description = "Milliseconds: what took longer is printed", HelpName = "MS" };

    private readonly Option<bool> _noFollow = new("--no-follow") { Description = "End at the end of the file; otherwise Ctrl-C ends it", Arity = ArgumentArity.Zero };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document", Arity = ArgumentArity.Zero };

    private readonly Option<bool> _markdown = new("--markdown") { Description = "Print the taxonomy as it stands in docs/probes.md", Arity = ArgumentArity.Zero };

    private readonly Option<bool> _jsonLines = new("--json") { Description = "Print the records unchanged, one a line, instead of text", Arity = ArgumentArity.Zero };

    public Command Create(ProbesBodies bodies, CommandConsole console)
    {
        var command = new Command("probes", "Look into a probe file: what a running room did, and how long it took")
        {
            Sub("list", "All classes with their fields, and all seams", _json, _markdown),
            Sub("tail", "Print the records of a file, then those that come, also when a new file takes its place", _file, _classes, _persona, _noFollow, _jsonLines),
            Sub("summary", "Where the time went, by seam, with the bottleneck named; outcomes, reasons, tok/s, fairness", _file, _json),
            Sub("slow", "Each timing that took longer than --over", _file, _over, _json),
            Sub("turn", "One turn: what took when how long, the outcome with its reason, what was said if it was written", _file, _turn, _room, _json),
            Sub("why", "Why a persona was silent, each time", _file, _whose, _room, _json),
        };
        Body("list", given => ReadList(given), bodies.List);
        Body("tail", ReadTail, bodies.Tail);
        Body("summary", given => new ProbesSummaryOptions(FileOf(given), given.GetValue(_json)), bodies.Summary);
        Body("slow", ReadSlow, bodies.Slow);
        Body("turn", ReadTurn, bodies.Turn);
        Body("why", ReadWhy, bodies.Why);
        return command;

        void Body<TOptions>(string name, Func<ParseResult, TOptions> read, CommandBody<TOptions> body) =>
            command.Subcommands.First(c => c.Name == name).SetAction((given, cancel) => body(read(given), console, cancel));
    }

    private static Command Sub(string name, string description, params Symbol[] takes)
    {
        var command = new Command(name, description);
        foreach (var symbol in takes)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }

        return command;
    }

    private ProbesListOptions ReadList(ParseResult given) => (given.GetValue(_json), given.GetValue(_markdown)) is (true, true)
        ? throw new UsageException(_markdown.Name, "it and --json are two forms of the same; give one of them")
        : new(given.GetValue(_json), given.GetValue(_markdown));

    private ProbesTailOptions ReadTail(ParseResult given) => new()
    {
        Classes = given.GetValue(_classes) is { } classes ? FilterOf(classes) : ProbeFilter.All,
        Persona = given.GetValue(_persona) is { } persona ? Values.Name(_persona.Name, persona) : null,
        Follow = !given.GetValue(_noFollow),
        Json = given.GetValue(_jsonLines),
        File = FileOf(given),
    };

    private ProbesSlowOptions ReadSlow(ParseResult given)
    {
        var over = given.GetValue(_over) ?? throw new UsageException(_over.Name, "it is missing; give the milliseconds above which a timing is slow");
        var overMs = Values.Milliseconds(_over.Name, over);
        return new(FileOf(given), overMs, given.GetValue(_json));
    }

    private ProbesTurnOptions ReadTurn(ParseResult given)
    {
        var turn = Values.Turn(_turn.Name, given.GetRequiredValue(_turn));
        var room = RoomOf(given);
        return new(FileOf(given), turn, room, given.GetValue(_json));
    }

    private ProbesWhyOptions ReadWhy(ParseResult given)
    {
        var persona = given.GetValue(_whose) ?? throw new UsageException(_whose.Name, "it is missing; name the persona whose silences to explain");
        var (name, room) = (Values.Name(_whose.Name, persona), RoomOf(given));
        return new(FileOf(given), name, room, given.GetValue(_json));
    }

    private string FileOf(ParseResult given) => Values.ExistingFile(_file.Name, given.GetRequiredValue(_file));

    private string? RoomOf(ParseResult given) => given.GetValue(_room) is { } room ? Values.Name(_room.Name, room) : null;

    private ProbeFilter FilterOf(string classes)
    {
        try
        {
            return ProbeFilter.Parse(classes);
        }
        catch (ArgumentException unknown)
        {
            throw new UsageException(_classes.Name, unknown.Message, unknown);
        }
    }
}
