using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Polyphony.Llama.Native;

/// <summary>
/// The functions of llama.h and ggml-backend.h that are used, under their own names. Many abort the process for arguments out of range: only the classes above, which check them first, call these.
/// </summary>
internal static unsafe partial class NativeMethods
{
    public const string Llama = "llama";
    public const string Ggml = "ggml";

    [LibraryImport(Llama)]
    public static partial void llama_log_set(delegate* unmanaged[Cdecl]<int, byte*, void*, void> callback, void* userData);

    [LibraryImport(Llama)]
    public static partial void llama_backend_init();

    [LibraryImport(Llama)]
    public static partial byte* llama_print_system_info();

    [LibraryImport(Llama)]
    public static partial nuint llama_max_parallel_sequences();

    [LibraryImport(Llama)]
    public static partial NativeModelParams llama_model_default_params();

    [LibraryImport(Llama)]
    public static partial NativeContextParams llama_context_default_params();

    [LibraryImport(Llama)]
    public static partial nint llama_model_load_from_file(byte* path, NativeModelParams options);

    [LibraryImport(Llama)]
    public static partial void llama_model_free(nint model);

    [LibraryImport(Llama)]
    public static partial nint llama_model_get_vocab(LlamaModelHandle model);

    [LibraryImport(Llama)]
    public static partial int llama_model_n_ctx_train(LlamaModelHandle model);

    [LibraryImport(Llama)]
    public static partial int llama_model_n_embd(LlamaModelHandle model);

    [LibraryImport(Llama)]
    public static partial int llama_model_n_layer(LlamaModelHandle model);

    [LibraryImport(Llama)]
    public static partial int llama_model_n_head(LlamaModelHandle model);

    [LibraryImport(Llama)]
    public static partial int llama_model_n_head_kv(LlamaModelHandle model);

    [LibraryImport(Llama)]
    public static partial ulong llama_model_n_params(LlamaModelHandle model);

    [LibraryImport(Llama)]
    public static partial ulong llama_model_size(LlamaModelHandle model);

    [LibraryImport(Llama)]
    public static partial int llama_model_desc(LlamaModelHandle model, byte* text, nuint size);

    [LibraryImport(Llama)]
    public static partial int llama_model_meta_val_str(LlamaModelHandle model, byte* key, byte* text, nuint size);

    [LibraryImport(Llama)]
    public static partial byte* llama_model_chat_template(LlamaModelHandle model, byte* name);

    [LibraryImport(Llama)]
    public static partial int llama_vocab_n_tokens(nint vocab);

    [LibraryImport(Llama)]
    public static partial byte llama_vocab_is_eog(nint vocab, int token);

    [LibraryImport(Llama)]
    public static partial int llama_tokenize(nint vocab, byte* text, int length, int* tokens, int capacity, byte addSpecial, byte parseSpecial);

    [LibraryImport(Llama)]
    public static partial int llama_detokenize(nint vocab, int* tokens, int count, byte* text, int capacity, byte removeSpecial, byte unparseSpecial);

    [LibraryImport(Llama)]
    public static partial int llama_token_to_piece(nint vocab, int token, byte* text, int capacity, int stripped, byte special);

    [LibraryImport(Llama)]
    public static partial byte llama_vocab_is_control(nint vocab, int token);

    [LibraryImport(Llama)]
    public static partial int llama_vocab_get_attr(nint vocab, int token);

    [LibraryImport(Llama)]
    public static partial byte* llama_vocab_get_text(nint vocab, int token);

    [LibraryImport(Llama)]
    public static partial byte llama_vocab_get_add_bos(nint vocab);

    [LibraryImport(Llama)]
    public static partial int llama_vocab_bos(nint vocab);

    [LibraryImport(Llama)]
    public static partial int llama_vocab_eos(nint vocab);

    [LibraryImport(Llama)]
    public static partial nint llama_sampler_init_grammar(nint vocab, byte* grammar, byte* root);

    [LibraryImport(Llama)]
    public static partial nint llama_sampler_clone(LlamaSamplerHandle sampler);

    [LibraryImport(Llama)]
    public static partial void llama_sampler_apply(LlamaSamplerHandle sampler, NativeTokenDataArray* candidates);

    [LibraryImport(Llama)]
    public static partial void llama_sampler_accept(LlamaSamplerHandle sampler, int token);

    [LibraryImport(Llama)]
    public static partial void llama_sampler_free(nint sampler);

    [LibraryImport(Llama)]
    public static partial int llama_chat_apply_template(byte* template, NativeChatMessage* messages, nuint count, byte addAssistant, byte* text, int capacity);

    [LibraryImport(Llama)]
    public static partial nint llama_init_from_model(LlamaModelHandle model, NativeContextParams options);

    [LibraryImport(Llama)]
    public static partial void llama_free(nint context);

    [LibraryImport(Llama)]
    public static partial nint llama_get_memory(LlamaContextHandle context);

    [LibraryImport(Llama)]
    public static partial uint llama_n_ctx(LlamaContextHandle context);

    [LibraryImport(Llama)]
    public static partial uint llama_n_batch(LlamaContextHandle context);

    [LibraryImport(Llama)]
    public static partial int llama_decode(LlamaContextHandle context, NativeBatch batch);

    [LibraryImport(Llama)]
    public static partial void llama_synchronize(LlamaContextHandle context);

    [LibraryImport(Llama)]
    public static partial float* llama_get_logits_ith(LlamaContextHandle context, int index);

    [LibraryImport(Llama)]
    public static partial void llama_memory_seq_cp(nint memory, int from, int to, int firstPosition, int endPosition);

    [LibraryImport(Llama)]
    public static partial byte llama_memory_seq_rm(nint memory, int sequence, int firstPosition, int endPosition);

    [LibraryImport(Llama)]
    public static partial int llama_memory_seq_pos_max(nint memory, int sequence);

    [LibraryImport(Ggml)]
    public static partial void ggml_backend_load_all_from_path(byte* directory);

    [LibraryImport(Ggml)]
    public static partial nuint ggml_backend_dev_count();

    // The C library's own: what .NET sets in the environment is not seen by native code on Unix.
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setenv(byte* name, byte* value, int overwrite);
}
