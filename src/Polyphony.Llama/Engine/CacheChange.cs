namespace Polyphony.Llama.Engine;

/// <summary>What is to be done to the cache between two decodes. Told by what decides, done by what has the context.</summary>
/// <param name="Source">The sequence that is copied from; −1 where tokens are taken out.</param>
/// <param name="Sequence">The sequence that changes.</param>
/// <param name="Tokens">How many first tokens it gets, or keeps.</param>
internal readonly record struct CacheChange(int Source, int Sequence, int Tokens)
{
    /// <summary>An empty sequence begins with the first tokens of another.</summary>
    public static CacheChange Copy(int from, int to, int tokens) => new(from, to, tokens);

    /// <summary>A sequence keeps its first tokens only.</summary>
    public static CacheChange Cut(int sequence, int kept = 0) => new(-1, sequence, kept);

    public void ApplyTo(IDecoder decoder)
    {
        if (Source < 0)
        {
            decoder.RemoveSequence(Sequence, Tokens);
        }
        else
        {
            decoder.CopySequence(Source, Sequence, Tokens);
        }
    }
}
