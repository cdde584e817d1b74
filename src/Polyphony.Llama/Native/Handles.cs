using System.Runtime.InteropServices;

namespace Polyphony.Llama.Native;

/// <summary>Owns a <c>llama_model</c>.</summary>
internal sealed class LlamaModelHandle : SafeHandle
{
    public LlamaModelHandle(nint model)
        : base(0, ownsHandle: true) => SetHandle(model);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.llama_model_free(handle);
        return true;
    }
}

/// <summary>Owns a <c>llama_context</c>, and keeps its model until it is gone.</summary>
internal sealed class LlamaContextHandle : SafeHandle
{
    private readonly LlamaModelHandle _model;

    /// <param name="context">The context.</param>
    /// <param name="model">Its model, to which the caller has added a reference for this handle.</param>
    public LlamaContextHandle(nint context, LlamaModelHandle model)
        : base(0, ownsHandle: true)
    {
        _model = model;
        SetHandle(context);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.llama_free(handle);
        _model.DangerousRelease();
        return true;
    }
}

/// <summary>Owns a <c>llama_sampler</c>, and keeps the model whose vocabulary it reads until it is gone.</summary>
internal sealed class LlamaSamplerHandle : SafeHandle
{
    private readonly LlamaModelHandle _model;

    /// <param name="sampler">The sampler.</param>
    /// <param name="model">Its model, to which the caller has added a reference for this handle.</param>
    public LlamaSamplerHandle(nint sampler, LlamaModelHandle model)
        : base(0, ownsHandle: true)
    {
        _model = model;
        SetHandle(sampler);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.llama_sampler_free(handle);
        _model.DangerousRelease();
        return true;
    }
}
