namespace Polyphony.Llama.Engine;

/// <summary>What the engine's thread needs to know of tokens, looked up once: asking the library costs a call for each.</summary>
internal sealed class Vocabulary(int size, IEnumerable<int> ends)
{
    private readonly HashSet<int> _ends = [.. ends];

    /// <summary>How many tokens there are.</summary>
    public int Size { get; } = size;

    public static Vocabulary Of(LlamaModel model) => new(model.VocabularySize, Enumerable.Range(0, model.VocabularySize).Where(model.EndsReply));

    /// <summary>Whether a reply ends with this token.</summary>
    public bool EndsReply(int token) => _ends.Contains(token);
}
