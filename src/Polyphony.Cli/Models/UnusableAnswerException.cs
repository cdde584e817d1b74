namespace Polyphony.Cli.Models;

/// <summary>A server answered with what is no answer of a model. Its message may be shown: it holds nothing that the server said.</summary>
internal sealed class UnusableAnswerException(string message) : Exception(message);
