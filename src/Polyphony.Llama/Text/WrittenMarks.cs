using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Polyphony.Llama.Native;

namespace Polyphony.Llama.Text;

/// <summary>
/// The tokens of a vocabulary that the engine finds also in what people write, such as <c>&lt;tool_call&gt;</c> of Qwen or the marks of DeepSeek's template: it calls them user-defined and keeps them together
/// whatever it is told about marks. Cut in two, they stay text. Those of white space and of one letter are only text and left alone. Immutable.
/// </summary>
internal sealed unsafe class WrittenMarks
{
    private const int UserDefined = 1 << 4;

    private static readonly ConditionalWeakTable<LlamaModel, WrittenMarks> Known = [];

    private readonly SearchValues<string>? _marks;

    private WrittenMarks(LlamaModel model)
    {
        using var alive = new HandleUse(model.Handle);
        var marks = new List<string>();
        for (var token = 0; token < model.VocabularySize; token++)
        {
            if ((NativeMethods.llama_vocab_get_attr(model.Vocabulary, token) & UserDefined) != 0
                && Marshal.PtrToStringUTF8((nint)NativeMethods.llama_vocab_get_text(model.Vocabulary, token)) is { } text
                && text.Length > FirstLetter(text) && !string.IsNullOrWhiteSpace(text.Replace('▁', ' ')))
            {
                marks.Add(text);
            }
        }

        _marks = marks.Count > 0 ? SearchValues.Create([.. marks], StringComparison.Ordinal) : null;
    }

    public static WrittenMarks Of(LlamaModel model) => Known.GetValue(model, static made => new(made));

    /// <summary>The text in parts, none of which has such a token in it: one part where it has none.</summary>
    public IReadOnlyList<string> Cut(string text)
    {
        if (_marks is null || text.AsSpan().IndexOfAny(_marks) is var at && at < 0)
        {
            return [text];
        }

        var (parts, start) = (new List<string>(), 0);
        for (var found = at; found >= 0;)
        {
            var cut = start + found + FirstLetter(text.AsSpan(start + found));
            parts.Add(text[start..cut]);
            start = cut;
            found = text.AsSpan(start).IndexOfAny(_marks);
        }

        return [.. parts, text[start..]];
    }

    private static int FirstLetter(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out _, out var length);
        return length;
    }
}
