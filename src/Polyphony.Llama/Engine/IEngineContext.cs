namespace Polyphony.Llama.Engine;

/// <summary>What the engine's thread computes on. Used by that thread alone.</summary>
internal interface IEngineContext : IDisposable
{
    /// <inheritdoc cref="LlamaContext.Cells"/>
    int Cells { get; }

    /// <inheritdoc cref="LlamaContext.Decode"/>
    void Decode(LlamaBatch batch);

    /// <inheritdoc cref="LlamaContext.Logits"/>
    ReadOnlySpan<float> Logits(int index);

    /// <inheritdoc cref="LlamaContext.CopySequence"/>
    void CopySequence(int from, int to, int? tokens = null);

    /// <inheritdoc cref="LlamaContext.RemoveSequence"/>
    void RemoveSequence(int sequence, int fromPosition = 0);
}
