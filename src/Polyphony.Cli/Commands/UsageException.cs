namespace Polyphony.Cli.Commands;

/// <summary>
/// Wrong arguments or unusable input. Its message is the one line that a person gets to see: it names the flag or the file and says what
/// to do. Thrown before anything was written to standard output.
/// </summary>
internal sealed class UsageException : Exception
{
    /// <param name="subject">The flag, or the file and line, that is at fault.</param>
    /// <param name="problem">What is wrong with it, and what to do.</param>
    public UsageException(string subject, string problem)
        : base(Quoted.OneLine($"{subject}: {problem}"))
    {
    }

    /// <param name="line">The whole line, which names the file and says what to do.</param>
    /// <param name="cause">What found the fault.</param>
    public UsageException(string line, Exception cause)
        : base(Quoted.OneLine(line), cause)
    {
    }

    /// <param name="subject">The flag, or the file and line, that is at fault.</param>
    /// <param name="problem">What is wrong with it, and what to do.</param>
    /// <param name="cause">What the platform said.</param>
    public UsageException(string subject, string problem, Exception cause)
        : base(Quoted.OneLine($"{subject}: {problem}"), cause)
    {
    }
}
