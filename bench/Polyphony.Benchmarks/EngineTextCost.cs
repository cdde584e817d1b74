using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Polyphony.Llama;
using Polyphony.Llama.Engine;
using Polyphony.Llama.Text;
using Polyphony.Testing.Gguf;

namespace Polyphony.Benchmarks;

/// <summary>
/// What the local engine's text costs, on the vocabulary of Qwen2.5 (151,936 tokens): <c>engine-text [ROUNDS]</c>. Constraints per token, and a chat of 200 messages into tokens, new and a message later. Each figure is
/// the median of the rounds, and the least and the most.
/// </summary>
internal static class EngineTextCost
{
    private const int Messages = 200;
    private const string Answer = "{\"will_respond\": true, \"reply\": \"Good evening, Zoë. The bees are up before us, and the kettle is on; bring the spade when you come.\", \"mood\": \"calm\"}";
    private const string Schema = """
        {"type":"object","properties":{"will_respond":{"type":"boolean"},"reply":{"type":"string","maxLength":600},"mood":{"enum":["calm","glad","cross"]}},"required":["will_respond","reply","mood"]}
        """;

    public static void Run(int rounds)
    {
        var directory = Directory.CreateTempSubdirectory("polyphony-engine-text-");
        try
        {
            var path = Path.Combine(directory.FullName, "model.gguf");
            GgufModelMaker.Write(new() { Vocabulary = GgufVocabulary.Qwen25() }, path);
            using var model = LlamaModel.Open(LlamaLibrary.Load(), path);
            Strings(model, rounds);
            Grammars(model, rounds);
            Chats(model, rounds);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Strings(LlamaModel model, int rounds)
    {
        Report("table of a JSON string's tokens, what tokens spell included, ms", Once(() => Table(model)));
        Report("table of a JSON string's tokens again, ms", Median(rounds, () => Table(model)));
        var table = Table(model);
        var reply = model.Tokenize("Good evening, Zoë. The bees are up before us, and the kettle is on; bring the spade when you come. \\\"Yes\\\" 日本語 🎻");
        Report("JSON string, a token asked for and taken, µs", PerToken(rounds, 200, reply, () => new JsonStringConstraint(table, 1_000)));
        Report("JSON string, the same and every logit masked, µs", PerToken(rounds, 20, reply, () => new JsonStringConstraint(table, 1_000), new float[model.VocabularySize]));
    }

    private static void Grammars(LlamaModel model, int rounds)
    {
        using var json = JsonDocument.Parse(Schema);
        var schema = json.RootElement;
        Report("schema, read, ms", Median(rounds, () => LlamaGrammar.OfSchema(model, schema).Dispose()));
        using var grammar = LlamaGrammar.OfSchema(model, schema);
        Report("schema, begun for a request, ms", Median(rounds, () => grammar.Begin().Dispose()));
        var answer = model.Tokenize(Answer);
        Report("schema, a token asked for and taken, µs", PerToken(rounds, 20, answer, grammar.Begin));
        Report("schema, the same and every logit masked, µs", PerToken(Math.Min(rounds, 3), 1, answer, grammar.Begin, new float[model.VocabularySize]));
    }

    private static void Chats(LlamaModel model, int rounds)
    {
        var messages = Room(Messages + rounds);
        Report("template found out, ms", Median(rounds, () => ChatTemplate.Of(model)));
        Report($"{Messages} messages, new, ms", Median(rounds, () => ChatTemplate.Of(model).Render(messages[..Messages])));
        var template = ChatTemplate.Of(model);
        var tokens = template.Render(messages[..Messages]).Tokens.Length;
        var length = Messages;
        Report(string.Create(CultureInfo.InvariantCulture, $"{Messages} messages ({tokens:N0} tokens) and one more, ms"), Median(rounds, () => template.Render(messages[..++length])));
    }

    private static TemplateMessage[] Room(int count)
    {
        string[] words = ["the", "bees", "kettle", "spade", "evening", "garden", "was", "over", "under", "morning", "plank", "creaks", "remember", "yesterday", "Hana", "rain"];
        var random = new Random(7);
        return
        [
            new(TemplateRole.System, string.Join(' ', Enumerable.Range(0, 300).Select(_ => words[random.Next(words.Length)]))),
            .. Enumerable.Range(1, count).Select(i => new TemplateMessage(i % 7 == 0 ? TemplateRole.Assistant : TemplateRole.User, $"Bo {i}: {string.Join(' ', Enumerable.Range(0, 25).Select(_ => words[random.Next(words.Length)]))}.")),
        ];
    }

    private static JsonStringTokens Table(LlamaModel model) => new(model, "}");

    private static double[] PerToken(int rounds, int times, int[] tokens, Func<ITokenConstraint> begin, float[]? logits = null)
    {
        return
        [
            .. Enumerable.Range(0, rounds + 1).Select(_ =>
            {
                var ticks = 0L;
                for (var i = 0; i < times; i++)
                {
                    var constraint = begin();
                    var start = Stopwatch.GetTimestamp();
                    foreach (var token in tokens)
                    {
                        Take(constraint, token, logits);
                    }

                    ticks += Stopwatch.GetTimestamp() - start;
                    (constraint as IDisposable)?.Dispose();
                }

                return ticks * 1e6 / Stopwatch.Frequency / times / tokens.Length;
            }).Skip(1),
        ];
    }

    private static void Take(ITokenConstraint constraint, int token, float[]? logits)
    {
        if (logits is not null)
        {
            // What a row of logits is when it comes: numbers everywhere. The filling is in the figure.
            logits.AsSpan().Fill(1);
            constraint.Mask(logits);
        }

        if (!constraint.Allows(token))
        {
            throw new InvalidOperationException($"token {token} is not allowed, so nothing was measured; correct the text");
        }

        constraint.Accept(token);
    }

    private static double[] Once(Action act) => [Milliseconds(act)];

    private static double[] Median(int rounds, Action act) => [.. Enumerable.Range(0, rounds).Select(_ => Milliseconds(act))];

    private static double Milliseconds(Action act)
    {
        var start = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static void Report(string what, double[] figures)
    {
        Array.Sort(figures);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {figures[figures.Length / 2]:0.000} | {figures[0]:0.000} to {figures[^1]:0.000} |"));
    }
}
