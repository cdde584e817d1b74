using Microsoft.Extensions.AI;
using Polyphony.Bids;
using Polyphony.Llama.Engine;
using Polyphony.Llama.Text;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Llama.Tests;

/// <summary>Who speaks next, read from the logits of a tiny model in 32 bits.</summary>
public sealed class LlamaBidsTests
{
    private static readonly EngineOptions Small = new() { ContextTokens = 1024, Lanes = 4, Prefixes = 8, StepTokens = 256, StepTokensWhileWriting = 32, Threads = 1, FullPrecision = true };

    private static readonly ChatMessage[] Shared =
    [
        new(ChatRole.System, "Anahit, Kudzai and Tavita live here."),
        new(ChatRole.User, "Vera: The minibus to the harbour stops here."),
        new(ChatRole.User, "Anahit: It stopped here last year."),
    ];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_bids_of_the_names_add_up_to_one_and_repeat()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small);
        using var client = new LlamaChatClient(engine);
        var request = await RequestAsync(Shared, "Anahit", "Kudzai", "Tavita", "Vera");

        var bids = await BidAsync(client, request);

        bids.Count.ShouldBe(4);
        bids.Sum().ShouldBe(1, 1e-9);
        bids.Distinct().Count().ShouldBe(4);
        (await BidAsync(client, request)).ShouldBe(bids);
        (await BidAsync(client, request with { Candidates = [.. request.Candidates.Reverse()] })).ShouldBe(bids.Reverse(), 1e-6);
        (await BidAsync(client, request with { Messages = Shared[..2] })).ShouldNotBe(bids, "what was said last counts");
        engine.Report().WrittenTokens.ShouldBe(0);
    }

    [Fact]
    public async Task It_costs_the_tokens_of_the_cue_and_leaves_what_is_shared_for_the_turns()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small);
        using var client = new LlamaChatClient(engine);
        using var voice = new LlamaVoice(model);
        var shared = voice.Template.Render(Shared.Select(LlamaCall.TextOf).ToArray()).Ends[^1];
        var whole = voice.Template.Render([.. Shared.Select(LlamaCall.TextOf), new(TemplateRole.System, LlamaBids.Cue)]).Tokens.Length;
        var request = await RequestAsync(Shared, "Anahit", "Kudzai");
        await BidAsync(client, request);
        engine.Report().ComputedTokens.ShouldBe(whole);
        engine.Report().Cells.ShouldBe(shared, "the cue is gone, what everybody reads first stays");

        await BidAsync(client, request);

        engine.Report().ComputedTokens.ShouldBe(whole + whole - shared);
        engine.Report().ReusedTokens.ShouldBe(shared);
        await client.GetResponseAsync(
            [.. Shared, new(ChatRole.System, "You are Kudzai.")], new Polyphony.Inference.PersonaChatOptions { Parts = new(Shared.Length, Shared.Length + 1), MaxOutputTokens = 2 }, TestEnds);
        engine.Report().ReusedTokens.ShouldBe(2 * shared, "and a turn on the same message begins with it");
    }

    [Fact]
    public async Task Names_that_begin_alike_share_evenly()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small);
        using var client = new LlamaChatClient(engine);
        model.Tokenize("Kudzai")[0].ShouldBe(model.Tokenize("Kian")[0], "of bytes the first letter is the first token");

        var bids = await BidAsync(client, await RequestAsync(Shared, "Anahit", "Kudzai", "Kian"));
        var apart = await BidAsync(client, await RequestAsync(Shared, "Anahit", "Kudzai"));

        bids[1].ShouldBe(bids[2]);
        (bids[0], bids[1] + bids[2]).ShouldBe((apart[0], apart[1]));
        var before = engine.Report().ComputedTokens;
        (await BidAsync(client, await RequestAsync(Shared, "Kudzai", "Kian"))).ShouldBe([0.5, 0.5]);
        engine.Report().ComputedTokens.ShouldBe(before, "there is nothing to ask");
    }

    [Fact]
    public async Task What_does_not_fit_and_what_is_cancelled_are_typed_errors()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small);
        using var client = new LlamaChatClient(engine);
        var request = await RequestAsync([.. Shared, new(ChatRole.User, new string('x', 2_000))], "Anahit", "Kudzai");

        (await Should.ThrowAsync<EngineRefusedException>(async () => await BidAsync(client, request))).Code.ShouldBe("too-large");
        await Should.ThrowAsync<OperationCanceledException>(async () => await client.BidAsync(request with { Messages = Shared }, new CancellationToken(canceled: true)));
        engine.Report().Cells.ShouldBe(0);
    }

    private static async Task<IReadOnlyList<double>> BidAsync(LlamaChatClient client, RoomBidRequest request) =>
        await client.GetService(typeof(IRoomBidder)).ShouldBeAssignableTo<IRoomBidder>()!.BidAsync(request, TestEnds);

    private static async Task<RoomBidRequest> RequestAsync(IReadOnlyList<ChatMessage> messages, params string[] names)
    {
        var conversation = new ScriptedConversation(new("persona:kudzai"), "Kudzai");
        conversation.Message("The minibus to the harbour stops here.");
        await conversation.PrimeAsync(TestEnds);
        var offer = (await conversation.NextAsync(TestEnds)).ShouldBeOfType<Offer>();
        return new() { Messages = messages, Candidates = names, Offer = offer };
    }
}
