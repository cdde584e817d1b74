using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Llama.Engine;
using Polyphony.Llama.Text;
using Polyphony.Testing.Gguf;
using Polyphony.Turns;

namespace Polyphony.Llama.Tests;

/// <summary>Whether to speak, read from the likelihoods; on the calls that a live room of twelve makes.</summary>
public sealed class LlamaDecisionTests
{
    private static readonly GgufModelSpec Roomy = new() { Shape = GgufShape.Tiny with { Context = 16_384 } };

    private static readonly EngineOptions Twelve = ChatStage.Small with { ContextTokens = 16_384, Lanes = 13, Prefixes = 12 };

    // More than the room shows at once, and the last but one reminds of what the first says.
    private static readonly string[] Talk =
    [
        "The gate of the old mill is painted green.",
        "I keep the key of the mill under the third stone.",
        "Yesterday the ferry came two hours late because of fog.",
        "My cousin plays the accordion at every wedding.",
        "They want eleven crowns for a kilo of pears now.",
        "Somebody asked me again about the gate of the old mill.",
        "What colour was it?",
    ];

    [Fact]
    public async Task What_all_twelve_read_is_the_same_tokens_and_what_is_private_stands_behind_it()
    {
        await using var stage = new ChatStage(Twelve, spec: Roomy);
        var room = new RoomOfTwelve(stage, threshold: 1.01);
        (await room.HoldAsync(Talk)).Conserved.ShouldBeTrue();
        using var voice = new LlamaVoice(stage.Model);
        var last = room.Calls.Where(call => call.Options.Offer!.Last == Talk.Length).ToList();
        last.Select(call => call.Persona).Distinct().Count().ShouldBe(12);
        last.Count.ShouldBe(12);

        int[]? shared = null;
        var tails = new HashSet<string>();
        foreach (var (messages, options) in last)
        {
            using var call = LlamaCall.Of(voice, messages, options, new());
            var (request, parts) = (call.Request, options.Parts.ShouldNotBeNull());
            request.KeptTokens.ShouldBe(voice.Template.Render([.. messages.Select(m => new TemplateMessage(m.Role == ChatRole.User ? TemplateRole.User : TemplateRole.System, m.Text))]).Ends[parts.Kept - 1]);
            shared ??= request.Prompt[..request.KeptTokens].ToArray();
            request.Prompt[..request.KeptTokens].ToArray().ShouldBe(shared);
            tails.Add(stage.Model.Detokenize(request.Prompt.Span[request.KeptTokens..]));

            var index = RoomOfTwelve.Cards.ToList().FindIndex(card => card.Id == options.Offer!.Persona);
            var own = stage.Model.Detokenize(request.Decision.ShouldNotBeNull().Continuation.Span);
            foreach (var secret in (string[])[$"I hid key {index}.", $"Mind step {index}.", "You remember, from before what is shown here:", "The gate of the old mill is painted green."])
            {
                own.ShouldContain(secret, Case.Sensitive, own);
            }
        }

        var text = stage.Model.Detokenize(shared.ShouldNotBeNull());
        text.ShouldContain("Keeps shop 11.");
        text.ShouldContain($"Kudzai: {Talk[^1]}");
        foreach (var secret in (string[])["I hid key", "Mind step", "You remember", "painted green"])
        {
            text.ShouldNotContain(secret);
            tails.ShouldAllBe(tail => !tail.Contains(secret, StringComparison.Ordinal), "a cue decides, and no more");
        }

        tails.Count.ShouldBe(12);
        stage.Engine.Report().ReusedTokens.ShouldBeGreaterThan(10L * shared.Length, "it was computed for one, and read by twelve");
    }

    [Fact]
    public async Task A_room_of_twelve_speaks_and_is_silent_on_one_model_and_its_books_add_up()
    {
        await using var stage = new ChatStage(Twelve, options: new() { ReplyTokens = 24, Temperature = 1 }, spec: Roomy);
        var room = new RoomOfTwelve(stage);

        var books = await room.HoldAsync(Talk[..1]);

        books.Conserved.ShouldBeTrue();
        books.Outcomes.Failed.ShouldBe(0);
        room.Calls.Select(call => call.Persona).Distinct().Count().ShouldBe(12);
        (books.Outcomes.Spoke + books.Outcomes.Refused).ShouldBeGreaterThan(0);
        stage.Engine.Report().ShouldSatisfyAllConditions(report => report.Running.ShouldBe(0), report => report.Waiting.ShouldBe(0), report => report.WrittenTokens.ShouldBeGreaterThan(0));
    }

    [Fact]
    public async Task Who_is_likely_enough_speaks_in_the_form_of_the_protocol()
    {
        await using var stage = new ChatStage(Twelve, spec: Roomy);
        var (messages, options) = await AskedAsync(stage);
        var spoke = 0;
        for (var tokens = 0; tokens <= 40; tokens++)
        {
            var asked = new PersonaChatOptions(options) { SpeakThreshold = 0, MaxOutputTokens = tokens, Seed = tokens, Temperature = 1.2f };
            var answer = await stage.AskAsync(messages, asked);

            var decision = Read(answer);
            spoke += decision is Decision.Speak ? 1 : 0;
            (decision is Decision.Pass { Reason: var why } && !why.Contains("wrote nothing", StringComparison.Ordinal)).ShouldBeFalse(answer.Text);
            answer.Usage!.OutputTokenCount.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(tokens);
        }

        spoke.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Who_is_not_likely_enough_passes_and_says_how_likely_it_was()
    {
        await using var stage = new ChatStage(Twelve, spec: Roomy);
        var (messages, options) = await AskedAsync(stage);

        var answer = await stage.AskAsync(messages, new PersonaChatOptions(options) { SpeakThreshold = 1.01 });

        var detail = DetailOf(answer);
        var p = detail.Likelihood.ShouldNotBeNull();
        Read(answer).ShouldBeOfType<Decision.Pass>().Reason.ShouldBe(FormattableString.Invariant($"speaks with p = {p:0.00}, its threshold is 1.01"));
        p.ShouldBeInRange(0.001, 0.999);
        (answer.FinishReason, answer.Usage!.OutputTokenCount, detail.BatchWidth).ShouldBe((ChatFinishReason.Stop, 0, 0));
        var (just, above) = (new PersonaChatOptions(options) { SpeakThreshold = p - 0.001 }, new PersonaChatOptions(options) { SpeakThreshold = p + 0.001 });
        (await stage.AskAsync(messages, just)).Usage!.OutputTokenCount.ShouldNotBeNull().ShouldBeGreaterThan(0, "it is read against the threshold");
        (await stage.AskAsync(messages, above)).Usage!.OutputTokenCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_call_tells_where_its_tokens_and_its_time_went()
    {
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
        await using var stage = new ChatStage(Twelve, time, spec: Roomy);
        var (messages, options) = await AskedAsync(stage);

        var answer = await stage.AskAsync(messages, new PersonaChatOptions(options) { SpeakThreshold = 0 });

        var (detail, usage, cell) = (DetailOf(answer), answer.Usage.ShouldNotBeNull(), stage.Model.CacheBytesPerToken);
        (detail.ReusedTokens + detail.ComputedTokens).ShouldBe((int)usage.InputTokenCount!.Value);
        detail.ReusedTokens.ShouldBe((int)usage.CachedInputTokenCount!.Value);
        detail.ComputedTokens.ShouldBeGreaterThan(0);
        detail.ReusedTokens.ShouldBeGreaterThan(detail.ComputedTokens, "the room had asked it already");
        detail.Queued.ShouldBeGreaterThan(TimeSpan.Zero);
        detail.Prefill.ShouldBeGreaterThan(TimeSpan.Zero);
        detail.Writing.ShouldBeGreaterThan(TimeSpan.Zero);
        detail.BatchWidth.ShouldBe(1);
        detail.OwnCacheBytes.ShouldBeInRange((detail.ComputedTokens - 60) * cell, (detail.ComputedTokens + 24) * cell);
        detail.CacheBytes.ShouldBeGreaterThanOrEqualTo(detail.ReusedTokens * cell);
        detail.Likelihood.ShouldNotBeNull();
        detail.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task A_turn_done_again_says_the_same_and_the_next_turn_something_else()
    {
        await using var stage = new ChatStage(Twelve, options: new() { ReplyTokens = 24, Temperature = 1.2f }, spec: Roomy);
        var room = new RoomOfTwelve(stage, threshold: 1.01);
        await room.HoldAsync(Talk[..2]);
        var turns = room.Calls.GroupBy(call => call.Persona).First().Take(2).ToList();
        turns[0].Options.Offer!.Turn.ShouldNotBe(turns[1].Options.Offer!.Turn);
        turns[0].Options.Seed.ShouldBeNull("chance hangs on the turn");

        var first = await SaidAsync(turns[0].Options.Offer);
        (await SaidAsync(turns[0].Options.Offer)).ShouldBe(first);
        (await SaidAsync(turns[1].Options.Offer)).ShouldNotBe(first, "the same prompt in another turn");

        async Task<string> SaidAsync(Offer? offer) =>
            (await stage.AskAsync(turns[0].Messages, new PersonaChatOptions(turns[0].Options) { Offer = offer, SpeakThreshold = 0 })).Text;
    }

    [Fact]
    public async Task A_turn_whose_time_runs_out_says_so()
    {
        var time = new FakeTimeProvider();
        await using var stage = new ChatStage(Twelve, time, spec: Roomy);
        var (messages, options) = await AskedAsync(stage);
        await using var held = stage.Hold(words: 0);
        await held.Reached;
        var late = stage.AskAsync(messages, new PersonaChatOptions(options) { SpeakThreshold = 0 });

        time.Advance(options.Offer!.Timeout);
        await held.DisposeAsync();

        (await Should.ThrowAsync<TimeoutException>(() => late.Soon())).Message.ShouldContain("more time");
        stage.Engine.Report().Running.ShouldBe(0);
    }

    [Theory]
    [InlineData(false, "tree", "trip")]
    [InlineData(true, "truth", "trust")]
    public async Task A_vocabulary_in_which_both_choices_begin_alike_is_told_with_a_way_out(bool pieces, string yes, string no)
    {
        await using var stage = new ChatStage(spec: new() { Vocabulary = pieces ? GgufVocabulary.Pieces : GgufVocabulary.Bytes });
        var frame = new DecisionFrame("{\"speaks\":", yes, no, "{\"says\":\"", "}", why => why);

        var refused = await Should.ThrowAsync<LlamaException>(() => stage.AskAsync([new(ChatRole.User, "Hi")], new PersonaChatOptions { Frame = frame }));

        refused.Fault.ShouldBe(LlamaFault.UnknownTokenizer);
        refused.Message.ShouldContain($"'{yes}' and '{no}'");
        refused.Message.ShouldContain("--protocol pass");
    }

    // What this catches: a vocabulary that puts a space before a text of its own, which nobody writes behind a colon.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_placed_is_placed_letter_by_letter(bool pieces)
    {
        await using var stage = new ChatStage(spec: new() { Vocabulary = pieces ? GgufVocabulary.Pieces : GgufVocabulary.Bytes });
        using var voice = new LlamaVoice(stage.Model);
        var options = new PersonaChatOptions();
        JsonDecisionProtocol.Instance.Ask(options);

        using var call = LlamaCall.Of(voice, [new(ChatRole.User, "Hi")], options, new());

        var point = call.Request.Decision.ShouldNotBeNull();
        stage.Model.Detokenize(call.Request.Prompt.Span).ShouldEndWith("assistant\n{\"will_respond\":");
        stage.Model.Detokenize(point.Continuation.Span).ShouldEndWith("{\"will_respond\":true,\"response\":\"");
        stage.Model.Detokenize([point.Choices[0]]).ShouldBe("true");
        stage.Model.Detokenize([point.Choices[1]]).ShouldBe("false");
    }

    /// <summary>The first call of a room whose person said one thing.</summary>
    private static async Task<RoomOfTwelve.Call> AskedAsync(ChatStage stage)
    {
        var room = new RoomOfTwelve(stage, threshold: 1.01);
        await room.HoldAsync(Talk[0]);
        return room.Calls[0];
    }

    private static InferenceDetail DetailOf(ChatResponse answer) => answer.Messages.SelectMany(m => m.Contents).OfType<InferenceDetail>().ShouldHaveSingleItem();

    private static Decision Read(ChatResponse answer)
    {
        JsonDecisionProtocol.Instance.TryRead(ModelAnswer.Of(answer.Text), out var decision, out var whyNot).ShouldBeTrue($"{whyNot}: {answer.Text}");
        return decision!;
    }
}
