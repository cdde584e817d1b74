using System.Text;
using CsCheck;
using Polyphony.Llama.Text;
using Polyphony.Testing.Gguf;

namespace Polyphony.Llama.Tests.Text;

public sealed class StreamingDetokenizerTests
{
    public enum Vocabulary
    {
        Bytes,
        Pieces,
        Qwen,
    }

    [Theory]
    [InlineData(Vocabulary.Bytes)]
    [InlineData(Vocabulary.Pieces)]
    [InlineData(Vocabulary.Qwen)]
    public void A_text_streams_back_from_its_tokens_and_is_never_ahead_of_itself(Vocabulary vocabulary)
    {
        using var scratch = new Scratch();
        using var model = Open(scratch, vocabulary);
        var waited = 0;

        Texts.Sample(
            text =>
            {
                var reply = new StreamingDetokenizer(model);
                var streamed = new StringBuilder();
                foreach (var token in model.Tokenize(text))
                {
                    var more = reply.Push(token);
                    waited += more.Length == 0 ? 1 : 0;
                    streamed.Append(more);
                    text.ShouldStartWith(streamed.ToString(), Case.Sensitive);
                }

                streamed.ToString().ShouldBe(text);
                reply.Finish().ShouldBe("");
            },
            iter: 200,
            threads: 1);
        waited.ShouldBeGreaterThan(0, "no letter was ever in several tokens");
    }

    [Theory]
    [InlineData(Vocabulary.Bytes)]
    [InlineData(Vocabulary.Pieces)]
    [InlineData(Vocabulary.Qwen)]
    public void What_is_no_letter_is_shown_as_one_that_cannot_be(Vocabulary vocabulary)
    {
        using var scratch = new Scratch();
        using var model = Open(scratch, vocabulary);
        var pieces = TokenPieces.Of(model);
        int[] bytes = [.. Enumerable.Range(0, pieces.Count).Where(token => pieces.Length(token) == 1)];

        Gen.Int[0, bytes.Length - 1].Select(i => bytes[i]).Array[0, 20].Sample(
            tokens =>
            {
                var reply = new StreamingDetokenizer(model, beginsText: false);
                var streamed = string.Concat(tokens.Select(reply.Push)) + reply.Finish();
                streamed.ShouldBe(Encoding.UTF8.GetString([.. tokens.SelectMany(token => pieces[token].ToArray())]));
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void The_space_of_a_piece_is_left_out_at_the_beginning_of_a_text_and_nowhere_else()
    {
        using var scratch = new Scratch();
        using var model = Open(scratch, Vocabulary.Pieces);
        var hello = model.Tokenize("Hello").ShouldHaveSingleItem();
        var (reply, continued) = (new StreamingDetokenizer(model), new StreamingDetokenizer(model, beginsText: false));

        (reply.Push(hello) + reply.Push(hello)).ShouldBe("Hello Hello");
        (continued.Push(hello) + continued.Push(hello)).ShouldBe(" Hello Hello");
    }

    [Fact]
    public void A_reply_ends_once()
    {
        using var scratch = new Scratch();
        using var model = Open(scratch, Vocabulary.Bytes);
        var reply = new StreamingDetokenizer(model);
        var half = model.Tokenize("日")[..2];

        (reply.Push(half[0]) + reply.Push(half[1])).ShouldBe("");
        reply.Push(model.TokenizeMarkup("<|im_start|>")[0]).ShouldBe("", "a mark has no text");
        reply.IsEnded.ShouldBeFalse();
        reply.Push(model.TokenizeMarkup("<|im_end|>")[0]).ShouldBe("\ufffd");
        reply.IsEnded.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => reply.Push(half[0])).Message.ShouldContain("another detokenizer");
        Engine.FaultOf(() => new StreamingDetokenizer(model).Push(model.VocabularySize)).ShouldBe(LlamaFault.TokenOutOfRange);
    }

    // Letters of one to four bytes, and none that is half of one.
    private static Gen<string> Texts => Gen.OneOf(
        Gen.Char[' ', '~'].Array[0, 20].Select(letters => new string(letters)),
        Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Array[0, 12].Select(letters => string.Concat(letters.Select(letter => new Rune(letter).ToString()))),
        Gen.Int[0, 3].Select(i => new[] { " the Hello ", "日本語 🎻 и кириллица", "\n\n  a\tb\r\n", "👩‍👩‍👧 {\"a\":1}" }[i]));

    private static LlamaModel Open(Scratch scratch, Vocabulary vocabulary)
    {
        Engine.Load();
        return Engine.Open(scratch, new() { Vocabulary = vocabulary switch { Vocabulary.Bytes => GgufVocabulary.Bytes, Vocabulary.Pieces => GgufVocabulary.Pieces, _ => GgufVocabulary.Qwen25() } });
    }
}
