using System.CommandLine;

namespace Polyphony.Cli.Commands;

/// <summary>What <c>polyphony bench room</c> was asked to do.</summary>
internal sealed record BenchRoomOptions
{
    /// <summary>The GGUF file; absent means one of the shape of Qwen2.5-0.5B with random weights, made for it.</summary>
    public string? Model { get; init; }

    /// <summary>1 to 40; default 12.</summary>
    public int Personas { get; init; } = 12;

    /// <summary>Tokens of the transcript, 64 to 30,000; default 1,500.</summary>
    public int Transcript { get; init; } = 1_500;

    /// <summary>Tokens of a reply, 1 to 1,000; default 40.</summary>
    public int Replies { get; init; } = 40;

    /// <summary>How often it is measured, 1 to 99; the median is told. Default 3.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Threads of computation; default all cores.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether to print one JSON document instead of text.</summary>
    public bool Json { get; init; }
}

/// <summary>The command <c>bench</c> and those below it.</summary>
internal sealed class BenchCommand
{
    /// <summary>The shapes that a model can be made of.</summary>
    public static IReadOnlyList<(string Name, string Value)> Shapes { get; } = [("qwen2.5-0.5b", "qwen2.5-0.5b")];

    private readonly Option<string?> _model = new("--model") { Description = "The model, a GGUF file; without it one is made as --shape says, with random weights", HelpName = "FILE" };

    private readonly Option<string?> _shape = new("--shape") { Description = $"The shape of the model that is made: {Shapes[0].Name} (default)", HelpName = "NAME" };

    private readonly Option<string?> _personas = new("--personas") { Description = "How many personas (default 12)", HelpName = "N" };

    private readonly Option<string?> _transcript = new("--transcript") { Description = "How many tokens were said before (default 1500)", HelpName = "TOKENS" };

    private readonly Option<string?> _replies = new("--replies") { Description = "How many tokens a reply has (default 40)", HelpName = "TOKENS" };

    private readonly Option<string?> _rounds = new("--rounds") { Description = "How often it is measured; the median is told (default 3)", HelpName = "N" };

    private readonly Option<string?> _threads = new("--threads") { Description = "Threads of computation (default: all cores)", HelpName = "N" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document", Arity = ArgumentArity.Zero };

    public Command Create(CommandBody<BenchRoomOptions> room, CommandConsole console)
    {
        var sub = new Command("room", "Measure a room on one model: a full prompt for everybody, a cache for each, and one shared")
        {
            _model, _shape, _personas, _transcript, _replies, _rounds, _threads, _json,
        };
        sub.SetAction((given, cancel) => room(Read(given), console, cancel));
        return new Command("bench", "Measure what a room costs on this machine") { sub };
    }

    private BenchRoomOptions Read(ParseResult given)
    {
        var (model, shape) = (given.GetValue(_model), given.GetValue(_shape));
        if (model is not null && shape is not null)
        {
            throw new UsageException(_shape.Name, "a model's file has its own shape; leave out one of --model and --shape");
        }

        if (shape is not null)
        {
            Values.Choice(_shape.Name, shape, Shapes);
        }

        var options = new BenchRoomOptions { Model = model is null ? null : Values.ExistingFile(_model.Name, model), Json = given.GetValue(_json) };
        return options with
        {
            Personas = Count(_personas, 1, 40, options.Personas),
            Transcript = Count(_transcript, 64, 30_000, options.Transcript),
            Replies = Count(_replies, 1, 1_000, options.Replies),
            Rounds = Count(_rounds, 1, 99, options.Rounds),
            Threads = Count(_threads, 1, 1_024, options.Threads),
        };

        int Count(Option<string?> option, int least, int most, int otherwise) => given.GetValue(option) is { } text ? Values.Count(option.Name, text, least, most) : otherwise;
    }
}
