namespace Polyphony.Llama;

/// <summary>How a model is opened.</summary>
public sealed record LlamaModelOptions
{
    /// <summary>How many layers are given to a graphics processor, where the library has a backend for one. Default −1: all.</summary>
    public int GpuLayers { get; init; } = -1;
}
