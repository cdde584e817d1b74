namespace Polyphony.Cli.Commands;

/// <summary>Input turned out to be unusable after the command had begun to act, or had written a part of its output. Its message is the one line about it; the command ran and did not hold.</summary>
internal sealed class LateInputException(UsageException found) : Exception(found.Message, found);
