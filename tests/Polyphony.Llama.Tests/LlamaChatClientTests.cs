using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Llama.Engine;
using Polyphony.Prompting;
using Polyphony.Testing.Gguf;

namespace Polyphony.Llama.Tests;

/// <summary>The engine behind the seam that every other model is behind.</summary>
public sealed class LlamaChatClientTests
{
    private const string Schema = """
        {"type":"object","properties":{"calm":{"type":"boolean"},"mood":{"enum":["mild","wild"]},"word":{"type":"string","maxLength":6}},
         "required":["calm","mood","word"],"additionalProperties":false}
        """;

    private static readonly ChatMessage[] Chat =
        [new(ChatRole.System, "You sit at the harbour."), new(ChatRole.User, "Kudzai: The minibus stops here."), new(ChatRole.User, "Anahit: Where does it stop now?")];

    [Fact]
    public async Task What_is_streamed_is_what_is_answered_piece_by_piece_and_its_end_says_what_it_cost()
    {
        await using var stage = new ChatStage();
        var updates = await stage.Client.GetStreamingResponseAsync(Chat, new() { Temperature = 0 }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var whole = await stage.AskAsync(Chat, new() { Temperature = 0 });

        var texts = updates.Where(u => u.Text.Length > 0).ToList();
        texts.Count.ShouldBeGreaterThan(5);
        string.Concat(texts.Select(u => u.Text)).ShouldBe(whole.Text);
        updates.ShouldAllBe(u => u.Role == ChatRole.Assistant);
        updates.Count(u => u.FinishReason is not null).ShouldBe(1);
        updates[^1].FinishReason.ShouldBe(ChatFinishReason.Length);
        var prompt = TokensOf(stage, Chat) + stage.Model.TokenizeMarkup("<|im_start|>assistant\n").Length;
        var usage = updates[^1].Contents.OfType<UsageContent>().ShouldHaveSingleItem().Details;
        (usage.InputTokenCount, usage.OutputTokenCount, usage.TotalTokenCount, usage.CachedInputTokenCount).ShouldBe((prompt, 24, prompt + 24, 0));
        whole.Usage.ShouldNotBeNull().CachedInputTokenCount.ShouldNotBeNull().ShouldBe(TokensOf(stage, Chat[..2]), "the same chat again, whose last message is its own where nobody says otherwise");
    }

    [Fact]
    public async Task The_end_of_a_reply_is_told_from_its_cutting_off()
    {
        await using var stage = new ChatStage();

        (await stage.AskAsync(Chat, new() { MaxOutputTokens = 3 })).FinishReason.ShouldBe(ChatFinishReason.Length);
        (await stage.AskAsync(Chat, new() { MaxOutputTokens = 3 })).Usage!.OutputTokenCount.ShouldBe(3);
        (await stage.AskAsync(Chat, new() { MaxOutputTokens = 4096 })).Usage!.OutputTokenCount.ShouldBe(24, "a call never writes more than the client lets it");
        (await stage.AskAsync(Chat, new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type":"boolean"}""")) })).FinishReason.ShouldBe(ChatFinishReason.Stop);
    }

    [Fact]
    public async Task A_second_call_pays_only_for_what_is_new()
    {
        await using var stage = new ChatStage();
        ChatMessage[] next = [.. Chat, new(ChatRole.User, "Kudzai: At the mill.")];

        var first = (await stage.AskAsync(next, Asked(kept: 3))).Usage.ShouldNotBeNull();
        var second = (await stage.AskAsync([.. next[..3], new(ChatRole.User, "Anahit: I see.")], Asked(kept: 3))).Usage.ShouldNotBeNull();

        first.CachedInputTokenCount.ShouldBe(0);
        second.CachedInputTokenCount.ShouldBe(TokensOf(stage, Chat));
        second.InputTokenCount.ShouldNotBeNull().ShouldBeGreaterThan(TokensOf(stage, Chat) + 20);

        static PersonaChatOptions Asked(int kept) => new() { Parts = new(kept, 4) };
    }

    [Fact]
    public async Task Who_is_cancelled_while_it_speaks_hears_so_and_leaves_no_cell_behind()
    {
        await using var stage = new ChatStage(options: new() { ReplyTokens = 4096 });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var held = stage.Hold(words: 40);
        var words = stage.Client.GetStreamingResponseAsync([new(ChatRole.User, "Tell me all.")], new() { Temperature = 0 }, cancel.Token).GetAsyncEnumerator(cancel.Token);
        (await words.MoveNextAsync().AsTask().Soon()).ShouldBeTrue();
        await held.Reached;

        await cancel.CancelAsync();
        await held.DisposeAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            while (await words.MoveNextAsync().AsTask().Soon())
            {
            }
        });
        await words.DisposeAsync();
        stage.Engine.Report().ShouldSatisfyAllConditions(report => report.Cells.ShouldBe(0), report => report.Running.ShouldBe(0), report => report.Waiting.ShouldBe(0));
    }

    // What this catches: a reader that goes away without a word (a turn that is withdrawn disposes of the stream) and leaves its request writing.
    [Fact]
    public async Task Who_stops_reading_stops_the_writing()
    {
        await using var stage = new ChatStage(options: new() { ReplyTokens = 4096 });
        await using var held = stage.Hold(words: 40);
        var words = stage.Client.GetStreamingResponseAsync([new(ChatRole.User, "Tell me all.")], new() { Temperature = 0 }, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        (await words.MoveNextAsync().AsTask().Soon()).ShouldBeTrue();
        await held.Reached;

        var leaves = words.DisposeAsync().AsTask();
        await held.DisposeAsync();
        await leaves.Soon();

        stage.Engine.Report().Running.ShouldBe(0, "nobody reads, so nobody writes");
        stage.Engine.Report().WrittenTokens.ShouldBeLessThan(400, "one wrote 41 words beside another, and nobody reads the thousands after them");
    }

    [Fact]
    public async Task An_engine_with_too_much_to_do_refuses_with_a_type_of_its_own()
    {
        await using var stage = new ChatStage(ChatStage.Small with { Lanes = 1, Queue = 1 });
        await using var held = stage.Hold(words: 0);
        await held.Reached;
        var waiting = stage.AskAsync(Chat);

        var refused = await Should.ThrowAsync<EngineRefusedException>(() => stage.AskAsync(Chat).Soon());

        refused.Code.ShouldBe("overloaded");
        refused.Message.ShouldNotBeNullOrWhiteSpace();
        await held.DisposeAsync();
        (await waiting.Soon()).Text.ShouldNotBeEmpty();
        (await Should.ThrowAsync<EngineRefusedException>(() => stage.AskAsync([new(ChatRole.User, new string('x', 9000))]).Soon())).Code.ShouldBe("too-large");
    }

    [Fact]
    public async Task A_schema_is_kept_whatever_chance_says()
    {
        await using var stage = new ChatStage(options: new() { ReplyTokens = 200 });
        var moods = new HashSet<string>();
        for (var seed = 1; seed <= 12; seed++)
        {
            var answer = await stage.AskAsync(Chat, new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse(Schema)), Seed = seed, Temperature = 1.5f });

            answer.FinishReason.ShouldBe(ChatFinishReason.Stop, answer.Text);
            using var json = JsonDocument.Parse(answer.Text);
            json.RootElement.EnumerateObject().Select(p => p.Name).ShouldBe(["calm", "mood", "word"]);
            json.RootElement.GetProperty("calm").ValueKind.ShouldBeOneOf(JsonValueKind.True, JsonValueKind.False);
            json.RootElement.GetProperty("word").GetString().ShouldNotBeNull().EnumerateRunes().Count().ShouldBeLessThanOrEqualTo(6);
            moods.Add(json.RootElement.GetProperty("mood").GetString()!);
        }

        moods.Order().ShouldBe(["mild", "wild"]);
    }

    [Fact]
    public async Task Any_JSON_is_JSON_as_far_as_it_is_written()
    {
        await using var stage = new ChatStage(options: new() { ReplyTokens = 60 });
        for (var seed = 1; seed <= 8; seed++)
        {
            var answer = await stage.AskAsync(Chat, new() { ResponseFormat = ChatResponseFormat.Json, Seed = seed, Temperature = 1.5f });

            answer.Text.ShouldNotBeNullOrWhiteSpace();
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(answer.Text), isFinalBlock: answer.FinishReason == ChatFinishReason.Stop, default);
            while (reader.Read())
            {
            }
        }
    }

    [Fact]
    public async Task A_schema_that_cannot_be_kept_is_told_before_anything_is_computed()
    {
        await using var stage = new ChatStage();
        var format = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type":"string","pattern":"^a+$"}"""));

        var refused = await Should.ThrowAsync<LlamaException>(() => stage.AskAsync(Chat, new() { ResponseFormat = format }));

        refused.Fault.ShouldBe(LlamaFault.SchemaUnsupported);
        stage.Engine.Report().Steps.ShouldBe(0);
    }

    [Fact]
    public async Task Tools_and_what_is_not_text_are_refused_with_what_to_do()
    {
        await using var stage = new ChatStage();
        var picture = new ChatMessage(ChatRole.User, [new TextContent("Look:"), new DataContent(new byte[] { 1, 2 }, "image/png")]);

        (await Should.ThrowAsync<NotSupportedException>(() => stage.AskAsync(Chat, new() { Tools = [AIFunctionFactory.Create(() => 1, "one")] }))).Message.ShouldContain("json");
        (await Should.ThrowAsync<NotSupportedException>(() => stage.AskAsync([.. Chat, picture]))).Message.ShouldContain("DataContent");
        stage.Engine.Report().Steps.ShouldBe(0);
    }

    [Fact]
    public async Task The_same_seed_says_the_same_and_another_something_else()
    {
        await using var stage = new ChatStage();

        var first = (await stage.AskAsync(Chat, new() { Seed = 7, Temperature = 1 })).Text;
        (await stage.AskAsync(Chat, new() { Seed = 7, Temperature = 1 })).Text.ShouldBe(first);
        (await stage.AskAsync(Chat, new() { Seed = 8, Temperature = 1 })).Text.ShouldNotBe(first);
    }

    [Theory]
    [InlineData(null, "has no chat template")]
    [InlineData("{{ messages | first }}", "not one of llama.cpp's built-in list")]
    public async Task A_template_that_nobody_knows_is_told_when_the_client_is_made(string? template, string why)
    {
        using var scratch = new Scratch();
        using var model = Tests.Engine.Open(scratch, new GgufModelSpec { ChatTemplate = template });
        await using var engine = LlamaEngine.Start(model, ChatStage.Small);

        var refused = Should.Throw<LlamaException>(() => new LlamaChatClient(engine));

        refused.Fault.ShouldBe(LlamaFault.UnknownTemplate);
        refused.Message.ShouldContain(why);
        refused.Message.ShouldContain("take a model with a known one");
    }

    [Fact]
    public async Task It_counts_tokens_as_its_model_does_and_is_warm_after_one_token()
    {
        await using var stage = new ChatStage();
        var counter = stage.Client.GetService<ITokenCounter>().ShouldNotBeNull();

        counter.Count("true, Zoë").ShouldBe(stage.Model.Tokenize("true, Zoë").Length);
        counter.Count("").ShouldBe(0);
        counter.Name.ShouldBe("tokenizer of model");
        stage.Client.GetService<ChatClientMetadata>()!.DefaultModelId.ShouldBe("model");
        await stage.Client.WarmUpAsync(
            new() { Persona = new("persona:anahit"), PersonaName = "Anahit", Model = "model", ContextTokens = 4096, ReplyTokens = 24, Protocol = JsonDecisionProtocol.Instance, HistoryMessages = 50 },
            TestContext.Current.CancellationToken);
        stage.Engine.Report().ShouldSatisfyAllConditions(report => report.Steps.ShouldBeGreaterThan(0), report => report.WrittenTokens.ShouldBe(0), report => report.Cells.ShouldBe(0));
    }

    private static int TokensOf(ChatStage stage, IEnumerable<ChatMessage> messages) =>
        stage.Model.TokenizeMarkup(string.Concat(messages.Select(m => $"<|im_start|>{m.Role.Value}\n{m.Text}<|im_end|>\n"))).Length;
}
