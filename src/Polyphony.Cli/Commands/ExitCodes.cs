namespace Polyphony.Cli.Commands;

/// <summary>What the program's exit code says. Scripts depend on it.</summary>
internal static class ExitCodes
{
    /// <summary>Everything that was asked for held.</summary>
    public const int Held = 0;

    /// <summary>It ran and did not hold, or was interrupted, or broke.</summary>
    public const int DidNotHold = 1;

    /// <summary>
    /// Wrong arguments or unusable input: one line on standard error, nothing on standard output. Input that turns out to be unusable after the command has begun, as in a pipe, is
    /// <see cref="DidNotHold"/>: what was said before stands.
    /// </summary>
    public const int Unusable = 2;
}
