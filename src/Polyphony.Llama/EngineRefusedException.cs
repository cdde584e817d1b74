namespace Polyphony.Llama;

/// <summary>The engine did not take a request. Nothing was computed, and it may be asked again.</summary>
/// <param name="code">Why, in one word: <c>overloaded</c> or <c>too-large</c>.</param>
/// <param name="message">What to do about it.</param>
public sealed class EngineRefusedException(string code, string message) : Exception(message)
{
    /// <summary>Why, in one word.</summary>
    public string Code { get; } = code;
}
