namespace Polyphony.Llama;

/// <summary>The engine, a model file or a batch cannot be used. The message is one line that says what to do; it names files and holds nothing that anybody said.</summary>
public sealed class LlamaException : Exception
{
    /// <param name="fault">What it is about.</param>
    /// <param name="message">One line: what is wrong, and what to do.</param>
    /// <param name="cause">What the platform said, where it said something.</param>
    public LlamaException(LlamaFault fault, string message, Exception? cause = null)
        : base(message, cause) => Fault = fault;

    /// <summary>What it is about.</summary>
    public LlamaFault Fault { get; }
}
