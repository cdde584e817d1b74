namespace Polyphony.Prompting;

/// <summary>Counts the tokens of a text as a model would, or estimates them. An adapter that has its model's tokenizer offers it as a service: <c>GetService(typeof(ITokenCounter))</c>.</summary>
/// <remarks>Pure, thread-safe, and cheap enough to be asked once for every message.</remarks>
public interface ITokenCounter
{
    /// <summary>What counts: a tokenizer's name, or the rule of the estimate.</summary>
    string Name { get; }

    /// <summary>How many tokens <paramref name="text"/> has.</summary>
    int Count(ReadOnlySpan<char> text);
}
