namespace Polyphony.Llama.Engine;

/// <summary>What the engine's thread asks of a context, and all that it asks: see <see cref="LlamaContext"/>, which is one.</summary>
internal interface IDecoder : IDisposable
{
    void Decode(LlamaBatch batch);

    ReadOnlySpan<float> Logits(int index);

    void CopySequence(int from, int to, int? tokens);

    void RemoveSequence(int sequence, int fromPosition);
}
