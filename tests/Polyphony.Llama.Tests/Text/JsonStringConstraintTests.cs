using System.Text;
using System.Text.Json;
using CsCheck;
using Polyphony.Llama.Text;
using Polyphony.Testing.Gguf;

namespace Polyphony.Llama.Tests.Text;

public sealed class JsonStringConstraintTests
{
    [Theory]
    [InlineData(false, "}")]
    [InlineData(true, "}")]
    [InlineData(true, "")]
    public void Whatever_is_chosen_among_the_allowed_tokens_is_a_JSON_string_that_ends(bool qwen, string after)
    {
        using var scratch = new Scratch();
        using var model = Open(scratch, qwen);
        var (pieces, tokens) = (TokenPieces.Of(model), new JsonStringTokens(model, after));
        var (logits, quote, backslash) = (new float[model.VocabularySize], model.Tokenize("\"")[0], model.Tokenize("\\")[0]);
        var (escapes, cut, closedEarly) = (0, 0, 0);

        Gen.Select(Gen.Int[0, 30], Gen.Int[0, int.MaxValue]).Sample(
            (most, seed) =>
            {
                var (constraint, reader) = (new JsonStringConstraint(tokens, most), new JsonStringReader(tokens));
                var (random, written, text) = (new Random(seed), new List<byte>(), "");
                var count = 0;
                for (; !constraint.IsComplete; count++)
                {
                    count.ShouldBeLessThan(most + 5);
                    logits.AsSpan().Clear();
                    constraint.Mask(logits).ShouldBeTrue();
                    var token = logits[quote] == 0 && random.Next(16) == 0 ? quote : logits[backslash] == 0 && random.Next(16) == 0 ? backslash : Choose(logits, random);
                    constraint.Allows(token).ShouldBeTrue();
                    constraint.Accept(token);
                    written.AddRange(pieces[token]);
                    escapes += pieces[token].Contains((byte)'\\') ? 1 : 0;
                    text += reader.Push(token);
                }

                (cut, closedEarly) = (cut + (count > most ? 1 : 0), closedEarly + (count < most ? 1 : 0));
                reader.IsEnded.ShouldBeTrue();
                var end = written.LastIndexOf((byte)'"');
                after.ShouldStartWith(Encoding.UTF8.GetString([.. written[(end + 1)..]]));
                JsonSerializer.Deserialize<string>([(byte)'"', .. written[..(end + 1)]]).ShouldBe(text);
                constraint.Mask(logits).ShouldBeFalse();
                logits.ShouldAllBe(logit => float.IsNegativeInfinity(logit));
                constraint.Allows(written[^1]).ShouldBeFalse();
            },
            iter: 150,
            threads: 1);
        Math.Min(escapes, Math.Min(cut, closedEarly)).ShouldBeGreaterThan(0, $"{escapes} escapes, {cut} brought to an end, {closedEarly} closed before");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_table_says_of_every_token_what_reading_it_says(bool qwen)
    {
        using var scratch = new Scratch();
        using var model = Open(scratch, qwen);
        var (pieces, tokens) = (TokenPieces.Of(model), new JsonStringTokens(model, "}"));
        var utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);
        var constraint = new JsonStringConstraint(tokens, 1);
        var checkedTokens = 0;
        for (var token = 0; token < pieces.Count; token++)
        {
            if (TextOf(pieces[token]) is { } text)
            {
                constraint.Allows(token).ShouldBe(IsAString(text), $"token {token}, '{text}'");
                checkedTokens++;
            }
        }

        checkedTokens.ShouldBeGreaterThan(pieces.Count / 4);

        // Tokens of whole letters that end as they began: between letters, or closed.
        string? TextOf(ReadOnlySpan<byte> piece)
        {
            try
            {
                var text = utf8.GetString(piece);
                return text.Contains('\\') ? null : text;
            }
            catch (DecoderFallbackException)
            {
                return null;
            }
        }

        static bool IsAString(string text)
        {
            var quote = text.IndexOf('"', StringComparison.Ordinal);
            var (inside, behind) = quote < 0 ? (text, "") : (text[..quote], text[(quote + 1)..]);
            return text.Length > 0 && inside.All(letter => letter >= ' ') && "}".StartsWith(behind, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_ends_a_reply_and_marks_do_not_stand_in_a_string()
    {
        using var scratch = new Scratch();
        using var model = Open(scratch, qwen: false);
        var constraint = new JsonStringConstraint(new(model), 10);
        foreach (var mark in (string[])["<|im_end|>", "<|im_start|>", "<|endoftext|>"])
        {
            constraint.Allows(model.TokenizeMarkup(mark)[0]).ShouldBeFalse();
        }

        constraint.Allows(-1).ShouldBeFalse();
        constraint.Allows(model.VocabularySize).ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => constraint.Accept(model.Tokenize("\n")[0])).Message.ShouldContain("Allows");
        Should.Throw<ArgumentException>(() => constraint.Mask(new float[3])).Message.ShouldContain("the whole row");
        Should.Throw<InvalidOperationException>(() => new JsonStringReader(new(model)).Push(model.Tokenize("\n")[0]));
    }

    [Theory]
    [InlineData("plain words", "plain words")]
    [InlineData("\\\"quoted\\\" \\\\ \\/ \\b\\f\\n\\r\\t", "\"quoted\" \\ / \b\f\n\r\t")]
    [InlineData("\\u00e9\\uD7ff\\u65e5 日本 🎻", "é\ud7ff日 日本 🎻")]
    public void What_is_escaped_reads_as_it_is_meant(string written, string meant)
    {
        using var scratch = new Scratch();
        using var model = Open(scratch, qwen: true);
        var tokens = new JsonStringTokens(model, "}");
        var (constraint, reader, text) = (new JsonStringConstraint(tokens, 100), new JsonStringReader(tokens), "");
        foreach (var token in model.Tokenize(written + "\"}"))
        {
            constraint.Accept(token);
            text += reader.Push(token);
            if (constraint.IsComplete)
            {
                break;
            }
        }

        text.ShouldBe(meant);
        constraint.IsComplete.ShouldBeTrue();
    }

    [Theory]
    [InlineData("\\ud83c")]
    [InlineData("\\uDFFF")]
    [InlineData("\\x")]
    [InlineData("\\u12G")]
    public void Half_a_letter_and_an_unknown_escape_are_not_written(string written)
    {
        using var scratch = new Scratch();
        using var model = Open(scratch, qwen: false);
        var constraint = new JsonStringConstraint(new(model), 100);
        model.Tokenize(written).TakeWhile(token =>
        {
            var allowed = constraint.Allows(token);
            if (allowed)
            {
                constraint.Accept(token);
            }

            return allowed;
        }).Count().ShouldBeLessThan(written.Length);
    }

    private static LlamaModel Open(Scratch scratch, bool qwen)
    {
        Engine.Load();
        return Engine.Open(scratch, new() { Vocabulary = qwen ? GgufVocabulary.Qwen25() : GgufVocabulary.Bytes });
    }

    // Often one that is rare: a quote, an escape, half a letter.
    private static int Choose(float[] logits, Random random)
    {
        var start = random.Next(4) == 0 ? random.Next(256) : random.Next(logits.Length);
        return Array.FindIndex(logits, start, logit => logit == 0) is >= 0 and var found ? found : Array.FindIndex(logits, logit => logit == 0);
    }
}
