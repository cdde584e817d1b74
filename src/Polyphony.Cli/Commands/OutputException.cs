namespace Polyphony.Cli.Commands;

/// <summary>Standard output takes nothing more: it is closed, full, or a pipe whose reader has gone. Its message is the one line that a person gets to see.</summary>
internal sealed class OutputException(Exception cause) : Exception(
    Quoted.OneLine(
        $"standard output: it cannot be written ({cause.GetBaseException().Message}), so the command stopped there; "
        + "run it again with a reader that stays, or into a file where there is space"),
    cause);
