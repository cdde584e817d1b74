using System.Text;
using System.Text.Json;

namespace Polyphony.Testing.Gguf;

/// <summary>The tokens of a model and how text is put together from them: byte pairs, as GPT-2 has them, or pieces, as Llama 2 has them. Immutable.</summary>
public sealed class GgufVocabulary
{
    /// <summary>The file beside a program that the build fetches: the tokenizer of Qwen2.5.</summary>
    public const string Qwen25File = "llama/tokenizer-qwen2_5.json";

    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;
    private const int Byte = 6;
    private const int QwenRows = 151_936;

    private GgufVocabulary(string[] tokens, int[] types, string[] merges)
    {
        (Tokens, TokenTypes, Merges) = (tokens, types, merges);
        EndOfText = Array.IndexOf(tokens, "<|endoftext|>");
        EndOfMessage = Array.IndexOf(tokens, "<|im_end|>");
        Beginning = EndOfText;
    }

    private GgufVocabulary(string[] tokens, int[] types, float[] scores)
        : this(tokens, types, merges: [])
    {
        Scores = scores;
        (EndOfText, EndOfMessage, Beginning) = (Array.IndexOf(tokens, "</s>"), Array.IndexOf(tokens, "</s>"), Array.IndexOf(tokens, "<s>"));
    }

    /// <summary>The tokens, in the alphabet that GPT-2 writes bytes in; pieces in letters, with <c>▁</c> for a space.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Which pairs become one token, first come first served; none where <see cref="IsPieces"/>.</summary>
    public IReadOnlyList<string> Merges { get; }

    /// <summary>Whether it is pieces: a text then begins with a token of its own and a space that nobody wrote.</summary>
    public bool IsPieces => Scores is not null;

    internal int[] TokenTypes { get; }

    internal float[]? Scores { get; }

    internal int EndOfText { get; }

    internal int EndOfMessage { get; }

    internal int Beginning { get; }

    /// <summary>Each byte is a token; <c>true</c> and <c>false</c> are one each, and so are the marks of a chat.</summary>
    public static GgufVocabulary Bytes { get; } = OfBytes("true", "false");

    /// <summary>In the manner of SentencePiece: the letters of ASCII and a few words are pieces, and whatever else is written byte by byte.</summary>
    public static GgufVocabulary Pieces { get; } = OfPieces("▁the", "▁Hello", "Hello", "▁true", "true", "▁false", "false", "▁a");

    /// <summary>The same with more marks that people cannot write, behind its other tokens.</summary>
    public GgufVocabulary WithMarks(params IReadOnlyList<string> marks) => With(Control, marks);

    /// <summary>The same with more words that are one token wherever they stand, also where a person writes them.</summary>
    public GgufVocabulary WithWords(params IReadOnlyList<string> words) => With(UserDefined, words);

    /// <summary>That of Qwen2.5, with as many unused tokens at its end as its models have.</summary>
    /// <param name="file">Its <c>tokenizer.json</c>; where nothing is said, <see cref="Qwen25File"/> beside the program.</param>
    /// <exception cref="FileNotFoundException">It is not there; the message says how to get it.</exception>
    public static GgufVocabulary Qwen25(string? file = null)
    {
        var path = file ?? Path.Combine(AppContext.BaseDirectory, Qwen25File);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"the tokenizer of Qwen2.5 is not at '{path}'; with npm and a network, 'npm ci --ignore-scripts' in native/ and a build bring it", path);
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var tokens = new string[QwenRows];
        var types = new int[QwenRows];
        for (var i = 0; i < QwenRows; i++)
        {
            (tokens[i], types[i]) = ($"[PAD{i}]", Unused);
        }

        var model = json.RootElement.GetProperty("model");
        foreach (var token in model.GetProperty("vocab").EnumerateObject())
        {
            (tokens[token.Value.GetInt32()], types[token.Value.GetInt32()]) = (token.Name, Normal);
        }

        foreach (var added in json.RootElement.GetProperty("added_tokens").EnumerateArray())
        {
            var id = added.GetProperty("id").GetInt32();
            (tokens[id], types[id]) = (added.GetProperty("content").GetString()!, added.GetProperty("special").GetBoolean() ? Control : UserDefined);
        }

        return new(tokens, types, [.. model.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!)]);
    }

    private static GgufVocabulary OfBytes(params string[] words)
    {
        var tokens = Enumerable.Range(0, 256).Select(b => LetterOf((byte)b).ToString()).ToList();
        var merges = new List<string>();
        foreach (var word in words)
        {
            for (var length = 2; length <= word.Length; length++)
            {
                merges.Add($"{word[..(length - 1)]} {word[length - 1]}");
                tokens.Add(word[..length]);
            }
        }

        var types = Enumerable.Repeat(Normal, tokens.Count).ToList();
        foreach (var mark in (string[])["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
        {
            tokens.Add(mark);
            types.Add(Control);
        }

        return new([.. tokens], [.. types], [.. merges]);
    }

    private GgufVocabulary With(int type, IReadOnlyList<string> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        string[] tokens = [.. Tokens, .. more];
        int[] types = [.. TokenTypes, .. more.Select(_ => type)];
        return Scores is null ? new(tokens, types, [.. Merges]) : new(tokens, types, [.. Scores, .. more.Select(_ => 0f)]);
    }

    private static GgufVocabulary OfPieces(params string[] words)
    {
        var tokens = new List<string> { "<unk>", "<s>", "</s>" };
        var types = new List<int> { Unknown, Control, Control };
        var scores = new List<float> { 0, 0, 0 };
        for (var value = 0; value <= 0xFF; value++)
        {
            Add($"<0x{value:X2}>", Byte, 0);
        }

        // Every beginning of a word is a piece, the longer the sooner it is put together; a letter comes last.
        foreach (var piece in words.SelectMany(word => Enumerable.Range(2, word.Length - 1).Select(length => word[..length])).Distinct().OrderByDescending(piece => piece.Length))
        {
            Add(piece, Normal, -tokens.Count);
        }

        foreach (var letter in Enumerable.Range('!', '~' - '!' + 1).Select(letter => ((char)letter).ToString()).Prepend("▁"))
        {
            Add(letter, Normal, -tokens.Count);
        }

        return new([.. tokens], [.. types], [.. scores]);

        void Add(string token, int type, float score)
        {
            tokens.Add(token);
            types.Add(type);
            scores.Add(score);
        }
    }

    /// <summary>The letter for a byte: itself where it can be seen, and one from U+0100 on where not.</summary>
    private static Rune LetterOf(byte value)
    {
        var hidden = 0;
        for (var b = 0; b < value; b++)
        {
            hidden += IsSeen(b) ? 0 : 1;
        }

        return new(IsSeen(value) ? value : 0x100 + hidden);
    }

    private static bool IsSeen(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
