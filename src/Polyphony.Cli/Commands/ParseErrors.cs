using System.CommandLine;
using System.CommandLine.Parsing;

namespace Polyphony.Cli.Commands;

/// <summary>Says in our own one line what the parser did not understand.</summary>
internal static class ParseErrors
{
    /// <summary>The first thing wrong with the arguments, or nothing.</summary>
    public static UsageException? Of(ParseResult given, IReadOnlyList<string> args)
    {
        var command = given.CommandResult.Command;
        if (given.Tokens.FirstOrDefault(t => t.Type == TokenType.Directive) is { } directive)
        {
            return OfUnknown(directive.Value, given.RootCommandResult.Command);
        }

        if (OfSwallowedFlag(given) is { } swallowed)
        {
            return swallowed;
        }

        if (OfSwitchWithValue(command, args) is { } valued)
        {
            return valued;
        }

        if (given.UnmatchedTokens is [var unknown, ..])
        {
            return OfUnknown(unknown, command);
        }

        return given.Errors is [var error, ..] ? OfError(error, command) : null;
    }

    private static UsageException OfError(ParseError error, Command command) => error.SymbolResult switch
    {
        OptionResult option => OfOption(option, error),
        ArgumentResult { Parent: OptionResult option } => OfOption(option, error),
        ArgumentResult { Tokens: [] } argument => new(argument.Argument.Name, $"it is missing; give it after '{command.Name}'"),
        _ when command.Subcommands.Count > 0 => new(FullNameOf(command), $"say what to do: {NamesOf(command)}; '{FullNameOf(command)} --help' explains them"),
        _ => new(FullNameOf(command), error.Message),
    };

    /// <summary>
    /// The parser takes whatever follows a flag for its value, another flag too: <c>--data --help</c> would make a directory. A flag of another command is no
    /// better: it is a flag to whoever wrote it.
    /// </summary>
    private static UsageException? OfSwallowedFlag(ParseResult given)
    {
        var root = given.RootCommandResult.Command;
        var flags = root.Subcommands.Append(root).SelectMany(c => c.Options).SelectMany(o => o.Aliases.Append(o.Name)).ToHashSet();
        return given.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(o => o.Tokens.Any(t => flags.Contains(BeforeSign(t.Value)))) is { } option
            ? new(option.Option.Name, "its value is missing; give one after it")
            : null;
    }

    /// <summary>A switch that is given a value, which the parser would take for an argument: behind a sign anything, after a space true or false.</summary>
    private static UsageException? OfSwitchWithValue(Command command, IReadOnlyList<string> args)
    {
        var switches = command.Options.Where(o => o.Arity.MaximumNumberOfValues == 0).Select(o => o.Name).ToHashSet();
        for (var i = 0; i < args.Count && args[i] != "--"; i++)
        {
            var name = BeforeSign(args[i]);
            if (!switches.Contains(name))
            {
                continue;
            }

            if (name != args[i])
            {
                return new(Quoted.Of(args[i]), $"it takes no value; write {Quoted.Of(name)}");
            }

            if (i + 1 < args.Count && bool.TryParse(args[i + 1], out _))
            {
                return new(name, $"it takes no value; leave {Quoted.Of(args[i + 1])} out");
            }
        }

        return null;
    }

    /// <summary>The flag in <c>--flag=value</c> and in <c>--flag:value</c>.</summary>
    private static string BeforeSign(string arg) => arg.IndexOfAny(['=', ':']) is > 0 and var sign ? arg[..sign] : arg;

    private static UsageException OfUnknown(string unknown, Command command)
    {
        var help = $"{FullNameOf(command)} --help";
        if (unknown.StartsWith('-'))
        {
            return new(Quoted.Of(unknown), $"there is no such option here; '{help}' lists them");
        }

        return command.Subcommands.Count > 0
            ? new(Quoted.Of(unknown), $"there is no such command; choose one of: {NamesOf(command)}")
            : new(Quoted.Of(unknown), $"this is one argument too many; leave it out, or see '{help}'");
    }

    private static UsageException OfOption(OptionResult option, ParseError error)
    {
        var name = option.Option.Name;
        if (option.Tokens.Count == 0 || option.Tokens.Count < option.IdentifierTokenCount)
        {
            return new(name, "its value is missing; give one after it");
        }

        return option.Option.Arity.MaximumNumberOfValues == 1 && option.Tokens.Count > 1
            ? new(name, $"it is given {option.Tokens.Count} times; give it once")
            : new(name, error.Message);
    }

    private static string FullNameOf(Command command) =>
        command is RootCommand ? "polyphony" : $"{FullNameOf(command.Parents.OfType<Command>().First())} {command.Name}";

    private static string NamesOf(Command command) => string.Join(", ", command.Subcommands.Select(c => c.Name));
}
