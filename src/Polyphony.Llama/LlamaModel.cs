using System.Runtime.InteropServices;
using System.Text;
using Polyphony.Llama.Native;
using Polyphony.Llama.Text;

namespace Polyphony.Llama;

/// <summary>
/// One set of weights and its vocabulary. The file is mapped into memory, so that processes share it. Thread-safe; contexts keep the weights alive until they are disposed of themselves.
/// </summary>
public sealed unsafe class LlamaModel : IDisposable
{
    private const int LoadMapped = 1;

    private readonly nint _vocab;

    private LlamaModel(LlamaLibrary library, LlamaModelHandle handle, string path, string architecture)
    {
        (Library, Handle, Path) = (library, handle, path);
        _vocab = NativeMethods.llama_model_get_vocab(handle);
        VocabularySize = NativeMethods.llama_vocab_n_tokens(_vocab);
        TrainedContext = NativeMethods.llama_model_n_ctx_train(handle);
        Parameters = (long)NativeMethods.llama_model_n_params(handle);
        Bytes = (long)NativeMethods.llama_model_size(handle);
        Description = DescriptionOf(handle);
        ChatTemplate = Marshal.PtrToStringUTF8((nint)NativeMethods.llama_model_chat_template(handle, null));
        CacheBytesPerToken = MemoryNeed.CacheBytesPerToken(handle, architecture);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The library it was opened with.</summary>
    public LlamaLibrary Library { get; }

    /// <summary>How many tokens there are; a token is a number from 0 to one less.</summary>
    public int VocabularySize { get; }

    /// <summary>The longest text it was trained for, in tokens.</summary>
    public int TrainedContext { get; }

    /// <summary>How many weights it has.</summary>
    public long Parameters { get; }

    /// <summary>How many bytes its weights take.</summary>
    public long Bytes { get; }

    /// <summary>What it is, in the library's words: <c>qwen2 1B Q8_0</c>.</summary>
    public string Description { get; }

    /// <summary>The template of a chat that the file brings along, unparsed; absent where it has none.</summary>
    public string? ChatTemplate { get; }

    /// <summary>How many bytes of cache one token takes, with 16-bit keys and values.</summary>
    public long CacheBytesPerToken { get; }

    internal LlamaModelHandle Handle { get; }

    /// <summary>Lives as long as <see cref="Handle"/>; see <see cref="HandleUse"/>.</summary>
    internal nint Vocabulary => _vocab;

    /// <summary>Opens a GGUF file.</summary>
    /// <exception cref="LlamaException">The file is missing, empty, not GGUF, truncated, or of a kind that the engine does not know; see <see cref="LlamaFault"/>.</exception>
    public static LlamaModel Open(LlamaLibrary library, string path, LlamaModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var header = GgufHeader.Read(path);
        nint model = 0;
        var lines = LlamaLibrary.Logged(() =>
        {
            var native = NativeMethods.llama_model_default_params();
            native.LoadMode = LoadMapped;
            native.GpuLayers = options?.GpuLayers ?? -1;
            fixed (byte* file = Encoding.UTF8.GetBytes(path + '\0'))
            {
                model = NativeMethods.llama_model_load_from_file(file, native);
            }
        });
        return model == 0 ? throw Refused(path, header, lines) : new(library, new(model), path, header.Architecture);
    }

    /// <summary>The tokens of a text that somebody wrote: what looks like a token of the template in it stays text.</summary>
    public int[] Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return WrittenMarks.Of(this).Cut(text) is { Count: > 1 } parts ? TextTokens.Of(this).Written(parts) : TokenizePlain(text);
    }

    /// <summary>The tokens of the program's own scaffolding: <c>&lt;|im_start|&gt;</c> is one token. Never give it what a person or a model wrote.</summary>
    public int[] TokenizeMarkup(string markup)
    {
        ArgumentNullException.ThrowIfNull(markup);
        return Tokens(markup, parseSpecial: 1);
    }

    /// <summary>The text of tokens, those of the template included. What is not whole UTF-8 at the ends is shown as U+FFFD.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.TokenOutOfRange"/>.</exception>
    public string Detokenize(ReadOnlySpan<int> tokens)
    {
        foreach (var token in tokens)
        {
            RequireToken(token);
        }

        using var alive = new HandleUse(Handle);
        var text = new byte[Math.Max(16, tokens.Length * 8)];
        while (true)
        {
            int written;
            fixed (int* first = tokens)
            fixed (byte* buffer = text)
            {
                written = NativeMethods.llama_detokenize(_vocab, first, tokens.Length, buffer, text.Length, removeSpecial: 0, unparseSpecial: 1);
            }

            if (written >= 0)
            {
                return Encoding.UTF8.GetString(text, 0, written);
            }

            text = new byte[-written];
        }
    }

    /// <summary>Whether a reply ends with this token.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.TokenOutOfRange"/>.</exception>
    public bool EndsReply(int token)
    {
        RequireToken(token);
        using var alive = new HandleUse(Handle);
        return NativeMethods.llama_vocab_is_eog(_vocab, token) != 0;
    }

    /// <summary>Gives the weights back once the last context on them is gone.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>As the engine does it by itself: the tokens that it calls user-defined are found also in what somebody wrote.</summary>
    internal int[] TokenizePlain(string text) => Tokens(text, parseSpecial: 0);

    internal void RequireToken(int token)
    {
        if ((uint)token >= (uint)VocabularySize)
        {
            throw new LlamaException(LlamaFault.TokenOutOfRange, $"token {token} is not in the vocabulary, which has tokens 0 to {VocabularySize - 1}; take it from Tokenize");
        }
    }

    private int[] Tokens(string text, byte parseSpecial)
    {
        using var alive = new HandleUse(Handle);
        var bytes = Encoding.UTF8.GetBytes(text);
        var tokens = new int[bytes.Length + 1];
        int count;
        fixed (byte* first = bytes)
        fixed (int* buffer = tokens)
        {
            count = bytes.Length == 0 ? 0 : NativeMethods.llama_tokenize(_vocab, first, bytes.Length, buffer, tokens.Length, addSpecial: 0, parseSpecial);
        }

        // A token is a byte or more of the text, one at its beginning aside.
        return count >= 0 ? tokens[..count] : throw new InvalidOperationException($"{bytes.Length} bytes of text became more than {tokens.Length} tokens; the vocabulary of '{Path}' is broken");
    }

    private static string DescriptionOf(LlamaModelHandle handle)
    {
        Span<byte> text = stackalloc byte[256];
        fixed (byte* first = text)
        {
            var length = NativeMethods.llama_model_desc(handle, first, (nuint)text.Length);
            return Encoding.UTF8.GetString(text[..Math.Clamp(length, 0, text.Length - 1)]);
        }
    }

    private static LlamaException Refused(string path, GgufHeader header, IReadOnlyList<string> lines)
    {
        if (lines.Any(line => line.Contains("unknown model architecture", StringComparison.Ordinal)))
        {
            return new(LlamaFault.UnknownArchitecture, $"'{path}' has the architecture '{header.Architecture}', which the engine does not know; take a model of a known one");
        }

        if (lines.FirstOrDefault(line => line.Contains("unknown pre-tokenizer", StringComparison.Ordinal) || line.Contains("unknown tokenizer", StringComparison.Ordinal)) is { } tokenizer)
        {
            return new(LlamaFault.UnknownTokenizer, $"'{path}' has a tokenizer that the engine does not know ({tokenizer.Trim()}); convert the model again for llama.cpp");
        }

        var reason = lines.LastOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase))?.Trim() ?? "it gave no reason";
        return new(LlamaFault.ModelRefused, $"the engine does not take '{path}' ({reason}); fetch or convert it again");
    }
}
