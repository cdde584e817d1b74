using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Polyphony.Llama.Native;

/// <summary>Whether a library is one that the bindings fit: by its functions, its version, and defaults that come out shifted where its structs are laid out otherwise.</summary>
internal static unsafe class EngineAbi
{
    /// <summary>The versions whose header the structs were held against.</summary>
    public const string KnownVersions = "0.4.0 or 0.5.0";

    private static readonly string[] Known = ["0.4.0", "0.5.0"];

    private static readonly string[] LlamaExports =
    [
        "llama_version", "llama_log_set", "llama_backend_init", "llama_print_system_info", "llama_max_parallel_sequences", "llama_model_default_params",
        "llama_context_default_params", "llama_model_load_from_file", "llama_model_free", "llama_model_get_vocab", "llama_model_n_ctx_train", "llama_model_n_embd",
        "llama_model_n_layer", "llama_model_n_head", "llama_model_n_head_kv", "llama_model_n_params", "llama_model_size", "llama_model_desc", "llama_model_meta_val_str",
        "llama_model_chat_template", "llama_vocab_n_tokens", "llama_vocab_is_eog", "llama_tokenize", "llama_detokenize", "llama_init_from_model", "llama_free",
        "llama_get_memory", "llama_n_ctx", "llama_n_batch", "llama_decode", "llama_synchronize", "llama_get_logits_ith", "llama_memory_seq_cp", "llama_memory_seq_rm", "llama_memory_seq_pos_max",
        "llama_token_to_piece", "llama_vocab_is_control", "llama_vocab_get_attr", "llama_vocab_get_text", "llama_vocab_get_add_bos", "llama_vocab_bos", "llama_vocab_eos", "llama_chat_apply_template",
        "llama_sampler_init_grammar", "llama_sampler_clone", "llama_sampler_apply", "llama_sampler_accept", "llama_sampler_free",
    ];

    private static readonly string[] GgmlExports = ["ggml_backend_load_all_from_path", "ggml_backend_dev_count"];

    /// <summary>The version of the library, which has been found to fit.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.EngineWrong"/>.</exception>
    public static string Check(EngineFiles files, nint llama, nint ggml)
    {
        RequireExports(files.Llama, llama, LlamaExports);
        RequireExports(files.Ggml, ggml, GgmlExports);
        var version = Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(llama, "llama_version"))()) ?? "";
        RequireVersion(files.Llama, version);
        var model = ((delegate* unmanaged[Cdecl]<Roomy>)NativeLibrary.GetExport(llama, "llama_model_default_params"))();
        var context = ((delegate* unmanaged[Cdecl]<Roomy>)NativeLibrary.GetExport(llama, "llama_context_default_params"))();
        RequireDefaults(files.Llama, MemoryMarshal.AsBytes<long>(model), MemoryMarshal.AsBytes<long>(context));
        return version;
    }

    /// <summary>A version is known with and without a mark of its build: <c>0.4.0</c>, <c>0.4.0-dev</c>.</summary>
    public static void RequireVersion(string file, string version)
    {
        if (!Known.Contains(version.Split('-')[0]))
        {
            throw Wrong(file, $"its version is '{version}', and {KnownVersions} is needed");
        }
    }

    /// <summary>The defaults of the two structs are those of the header.</summary>
    public static void RequireDefaults(string file, ReadOnlySpan<byte> modelDefaults, ReadOnlySpan<byte> contextDefaults)
    {
        var model = MemoryMarshal.Read<NativeModelParams>(modelDefaults);
        var context = MemoryMarshal.Read<NativeContextParams>(contextDefaults);
        var fits = model is { GpuLayers: -1, LoadMode: -1, MainGpu: 0, VocabOnly: 0, UseExtraBuffers: 1, TensorSplit: 0, KeyValueOverrides: 0 }
            && context is { BatchTokens: 2048, MicroBatchTokens: 512, Sequences: 1, FlashAttentionType: -1, KeyType: 1, ValueType: 1, Embeddings: 0, OffloadKqv: 1, AbortCallback: 0 };
        if (!fits)
        {
            throw Wrong(file, $"its structs are laid out otherwise than those of {KnownVersions}");
        }
    }

    public static LlamaException Wrong(string file, string reason, Exception? cause = null) => new(
        LlamaFault.EngineWrong,
        $"'{file}' is not a llama.cpp library that can be used: {reason}; take the one that the build fetches, or set {LlamaLibrary.PathVariable} to a folder with another",
        cause);

    private static void RequireExports(string file, nint library, string[] names)
    {
        if (names.FirstOrDefault(name => !NativeLibrary.TryGetExport(library, name, out _)) is { } missing)
        {
            throw Wrong(file, $"it has no {missing}");
        }
    }

    /// <summary>Room for a struct of any size that a library may return: one that is larger than ours would write past the end of ours.</summary>
    [InlineArray(128)]
    private struct Roomy
    {
        private long _first;
    }
}
