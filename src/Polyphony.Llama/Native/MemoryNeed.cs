using System.Globalization;
using System.Text;

namespace Polyphony.Llama.Native;

/// <summary>How much memory a context takes, told before native code commits it: there it would be killed by the system, not refused.</summary>
internal static unsafe class MemoryNeed
{
    private const int BytesOfHalf = 2;

    // Rows of activations that a graph holds at once for each token of a micro-batch, in vectors of the model's width: 512 tokens of a model 896 wide took 40 MB.
    private const int ActivationRows = 24;

    /// <summary>Bytes of 16-bit keys and values for one token in all layers. A model that keeps less (a window, a recurrent state) is estimated too high.</summary>
    public static long CacheBytesPerToken(LlamaModelHandle model, string architecture)
    {
        var heads = Math.Max(1, NativeMethods.llama_model_n_head(model));
        var width = NativeMethods.llama_model_n_embd(model) / heads;
        var keys = Number(model, $"{architecture}.attention.key_length") ?? width;
        var values = Number(model, $"{architecture}.attention.value_length") ?? width;
        return (long)NativeMethods.llama_model_n_layer(model) * NativeMethods.llama_model_n_head_kv(model) * (keys + values) * BytesOfHalf;
    }

    /// <summary>Bytes of a context: its cache, its rows of logits, and the working memory of a decode.</summary>
    public static long Of(LlamaModel model, LlamaContextOptions options)
    {
        var logits = (long)options.Rows * model.VocabularySize * sizeof(float);
        var work = (long)options.MicroBatchTokens * NativeMethods.llama_model_n_embd(model.Handle) * ActivationRows * sizeof(float);
        return checked((options.ContextTokens * model.CacheBytesPerToken * (options.FullPrecision ? 2 : 1)) + (2 * logits) + work);
    }

    /// <summary>Bytes that can be had without paging: of the machine or of the container, whichever has less. An own collection first, since the runtime tells what it saw at the last.</summary>
    public static long Available()
    {
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        var info = GC.GetGCMemoryInfo(GCKind.Any);
        return Math.Max(0, info.TotalAvailableMemoryBytes - info.MemoryLoadBytes);
    }

    private static int? Number(LlamaModelHandle model, string key)
    {
        Span<byte> text = stackalloc byte[32];
        fixed (byte* name = Encoding.UTF8.GetBytes(key + '\0'), first = text)
        {
            var length = NativeMethods.llama_model_meta_val_str(model, name, first, (nuint)text.Length);
            return length > 0 && length < text.Length && int.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
    }
}
