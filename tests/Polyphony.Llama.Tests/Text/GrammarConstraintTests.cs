using Polyphony.Llama.Text;
using Polyphony.Testing.Gguf;

namespace Polyphony.Llama.Tests.Text;

public sealed class GrammarConstraintTests
{
    [Fact]
    public void A_token_that_is_not_allowed_is_refused_before_the_library_ends_the_process()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var grammar = LlamaGrammar.Parse(model, "root ::= \"ab\"");
        using var constraint = grammar.Begin();
        var end = model.TokenizeMarkup("<|im_end|>")[0];

        foreach (var token in (int[])[model.Tokenize("b")[0], end, model.TokenizeMarkup("<|im_start|>")[0], -1, model.VocabularySize, int.MaxValue])
        {
            constraint.Allows(token).ShouldBeFalse();
            Should.Throw<InvalidOperationException>(() => constraint.Accept(token)).Message.ShouldContain("Allows");
        }

        constraint.Allows(model.Tokenize("a")[0]).ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => constraint.Accept(model.Tokenize("b")[0]), "another than the one that was checked");
        constraint.Accept(model.Tokenize("a")[0]);
        Should.Throw<InvalidOperationException>(() => constraint.Accept(model.Tokenize("a")[0]), "it was checked before the last one was taken");
        constraint.IsComplete.ShouldBeFalse();
        constraint.Accept(model.Tokenize("b")[0]);
        constraint.IsComplete.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => constraint.Accept(end));
    }

    [Fact]
    public void A_text_that_may_end_and_may_go_on_is_not_complete()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var grammar = LlamaGrammar.Parse(model, "root ::= [0-9]+ | \"日\"");
        using var constraint = grammar.Begin();
        var end = model.TokenizeMarkup("<|im_end|>")[0];

        constraint.Allows(end).ShouldBeFalse();
        constraint.Accept(model.Tokenize("1")[0]);
        constraint.IsComplete.ShouldBeFalse();
        constraint.Allows(end).ShouldBeTrue();
        constraint.Accept(end);
        constraint.IsComplete.ShouldBeTrue();

        using var letter = grammar.Begin();
        foreach (var token in model.Tokenize("日"))
        {
            letter.IsComplete.ShouldBeFalse();
            letter.Accept(token);
        }

        letter.IsComplete.ShouldBeTrue("a letter of three bytes is whole");
    }

    [Fact]
    public void The_mask_leaves_what_is_allowed_one_by_one_and_touches_no_other_logit()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var grammar = LlamaGrammar.OfJson(model);
        using var constraint = grammar.Begin();
        foreach (var token in model.Tokenize("{\"a\":tr"))
        {
            var logits = Enumerable.Range(0, model.VocabularySize).Select(i => i == 5 ? float.NegativeInfinity : i).ToArray();
            constraint.Mask(logits).ShouldBeTrue();
            for (var i = 0; i < logits.Length; i++)
            {
                logits[i].ShouldBe(constraint.Allows(i) && i != 5 ? i : float.NegativeInfinity);
            }

            constraint.Accept(token);
        }

        Should.Throw<ArgumentException>(() => constraint.Mask(new float[3])).Message.ShouldContain("the whole row");
    }

    [Fact]
    public void Each_request_has_its_own_place_in_the_grammar_and_keeps_it_when_the_grammar_is_gone()
    {
        using var scratch = new Scratch();
        GrammarConstraint first, second;
        int a, b;
        using (var model = Engine.Open(scratch))
        using (var grammar = LlamaGrammar.Parse(model, "root ::= \"ab\""))
        {
            (first, second) = (grammar.Begin(), grammar.Begin());
            (a, b) = (model.Tokenize("a")[0], model.Tokenize("b")[0]);
        }

        first.Accept(a);
        second.Allows(b).ShouldBeFalse();
        second.Allows(a).ShouldBeTrue();
        first.Allows(b).ShouldBeTrue();
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public void A_whole_answer_of_the_large_vocabulary_is_let_through()
    {
        Engine.Load();
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch, new() { Vocabulary = GgufVocabulary.Qwen25() });
        using var grammar = LlamaGrammar.OfJson(model);
        using var constraint = grammar.Begin();
        foreach (var token in model.Tokenize("{\"will_respond\": true, \"reply\": \"日本語 🎻, и кириллица\"}"))
        {
            constraint.Accept(token);
        }

        constraint.IsComplete.ShouldBeTrue();
    }
}
