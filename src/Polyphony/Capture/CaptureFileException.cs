namespace Polyphony.Capture;

/// <summary>A file of captured turns cannot be used. The message says what is wrong with it and what to do; it holds nothing of what is in the file.</summary>
public sealed class CaptureFileException : Exception
{
    /// <summary>An exception without a message; prefer one that says what is wrong.</summary>
    public CaptureFileException()
    {
    }

    /// <param name="message">What is wrong, and what to do.</param>
    public CaptureFileException(string message)
        : base(message)
    {
    }

    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public CaptureFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
