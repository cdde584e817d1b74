using System.CommandLine;

namespace Polyphony.Cli.Commands;

/// <summary>The command <c>doctor</c> and those below it.</summary>
internal sealed class DoctorCommand
{
    private readonly Option<string?> _model = new("--model") { Description = "The model to check with, a GGUF file; without it a tiny one is made", HelpName = "FILE" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document", Arity = ArgumentArity.Zero };

    public Command Create(CommandBody<DoctorEngineOptions> engine, CommandConsole console)
    {
        var sub = new Command("engine", "Load the local engine, decode with it, check its numbers and measure its speed") { _model, _json };
        sub.SetAction((given, cancel) => engine(Read(given), console, cancel));
        return new Command("doctor", "Check that a part of the program works on this machine") { sub };
    }

    private DoctorEngineOptions Read(ParseResult given) =>
        new(given.GetValue(_model) is { } model ? Values.ExistingFile(_model.Name, model) : null, given.GetValue(_json));
}

/// <summary>What <c>polyphony doctor engine</c> was asked to do.</summary>
/// <param name="Model">The GGUF file to check with; absent means a tiny model that is made.</param>
/// <param name="Json">Whether to print one JSON document instead of a table.</param>
internal sealed record DoctorEngineOptions(string? Model, bool Json);
