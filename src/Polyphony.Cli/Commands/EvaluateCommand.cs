using System.CommandLine;

namespace Polyphony.Cli.Commands;

/// <summary>What <c>polyphony evaluate --conduct</c> was asked to do.</summary>
/// <param name="Cases">A file of further cases; none means the built-in ones alone.</param>
/// <param name="Json">Whether to print one JSON document instead of text.</param>
internal sealed record EvaluateOptions(string? Cases, bool Json);

/// <summary>The command <c>evaluate</c>.</summary>
internal sealed class EvaluateCommand
{
    private readonly Option<bool> _conduct = new("--conduct")
    {
        Description = "What becomes of the answers of models that misbehave, and of those that do not",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<string?> _cases = new("--cases") { Description = "With --conduct: further cases, one JSON object a line", HelpName = "FILE.jsonl" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document", Arity = ArgumentArity.Zero };

    public Command Create(CommandBody<EvaluateOptions> body, CommandConsole console)
    {
        var command = new Command("evaluate", "Score what the personas do, with scripted models");
        command.Add(_conduct);
        command.Add(_cases);
        command.Add(_json);
        command.SetAction((given, cancel) => body(Read(given), console, cancel));
        return command;
    }

    private EvaluateOptions Read(ParseResult given)
    {
        if (!given.GetValue(_conduct))
        {
            throw new UsageException("evaluate", "say what to evaluate; add --conduct");
        }

        return new(given.GetValue(_cases) is { } cases ? Values.ExistingFile(_cases.Name, cases) : null, given.GetValue(_json));
    }
}
