namespace Polyphony.Cli.Commands;

/// <summary>Standard error where it is no terminal. A notice that nobody can hear ends nothing: the result and the exit code go on.</summary>
internal sealed class StandardError(Stream inner) : WriteOnlyStream(inner)
{
    /// <summary>The one of this process.</summary>
    public static StandardError OfProcess() => new(Console.OpenStandardError());

    protected override void NotTaken(Exception cause)
    {
        // It is closed or full, and it is where this would be told.
    }
}
