namespace Polyphony.Cli.Commands;

/// <summary>Standard output takes no more: whoever read it has gone, as <c>head</c> does, or the disk is full. Its message is the one line that says so.</summary>
internal sealed class OutputClosedException(IOException cause)
    : Exception(Quoted.OneLine($"standard output was closed before everything was written ({cause.Message})"), cause);
