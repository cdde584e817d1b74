namespace Polyphony.Cli.Commands;

/// <summary>The input turned out to be unusable when a part of the output had been written already. Its message is the one line that a person gets to see.</summary>
internal sealed class CutShortException(UsageException cause) : Exception(cause.Message, cause);
