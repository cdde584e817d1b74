using System.CommandLine;
using Polyphony.Diagnostics;

namespace Polyphony.Cli.Commands;

/// <summary>Where the probes of a command go.</summary>
/// <param name="File">The probe file; null for none.</param>
/// <param name="Filter">Which classes.</param>
/// <param name="Content">Whether they hold what people and models said.</param>
/// <param name="Name">The flag or variable that names the file.</param>
internal sealed record ProbeTarget(string? File, ProbeFilter Filter, bool Content, string Name)
{
    public static ProbeTarget None { get; } = new(null, ProbeFilter.All, Content: false, "--probes");
}

/// <summary>The probe flags of the commands that run a room. The environment stands in for the first two.</summary>
internal sealed class ProbeFlags
{
    /// <summary>The probe file, where no flag names one.</summary>
    public const string FileVariable = "POLYPHONY_PROBE_FILE";

    /// <summary>The classes, where no flag names them.</summary>
    public const string ClassesVariable = "POLYPHONY_PROBE_CLASSES";

    private readonly Option<string?> _file = new("--probes")
    {
        Description = $"Write probes to this file; 'polyphony probes' reads it (or {FileVariable})",
        HelpName = "FILE",
    };

    private readonly Option<string?> _classes = new("--probe-classes")
    {
        Description = $"Which probes: *, classes or namespaces with commas between (or {ClassesVariable}; default all)",
        HelpName = "LIST",
    };

    private readonly Option<bool> _content = new("--probe-content")
    {
        Description = "Let probes hold what people and models say",
        Arity = ArgumentArity.Zero,
    };

    public void AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_classes);
        command.Add(_content);
    }

    public ProbeTarget Read(ParseResult given)
    {
        var (fileName, file) = Either(given, _file, FileVariable);
        var (classesName, classes) = Either(given, _classes, ClassesVariable);
        var content = given.GetValue(_content);
        if (file is null && (given.GetValue(_classes) is not null || content))
        {
            throw new UsageException(content ? _content.Name : _classes.Name, "there is no probe file to write to; add --probes FILE");
        }

        return new(file is null ? null : Values.FileToWrite(fileName, file), Filter(classesName, classes ?? ""), content, fileName);
    }

    private static (string Name, string? Value) Either(ParseResult given, Option<string?> flag, string variable) =>
        given.GetValue(flag) is { } value ? (flag.Name, value)
        : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set ? (variable, set)
        : (flag.Name, null);

    private static ProbeFilter Filter(string name, string classes)
    {
        try
        {
            return ProbeFilter.Parse(classes);
        }
        catch (ArgumentException unknown)
        {
            throw new UsageException(name, unknown.Message, unknown);
        }
    }
}
