using System.Globalization;
using Polyphony.Llama.Engine;
using Polyphony.Rooms;

namespace Polyphony.Llama.Tests;

public sealed class EngineSoakTests
{
    /// <summary>How many seconds it lasts: <c>POLYPHONY_SOAK</c>, 20 where nothing is said. 1,800 for a long one.</summary>
    private const string Variable = "POLYPHONY_SOAK";

    private const int AtOnce = 12;
    private const long ManagedGrowth = 2 << 20;
    private const long ResidentGrowth = 32 << 20;

    private static readonly EngineOptions Tight = new() { ContextTokens = 768, Lanes = 4, Prefixes = 4, PrefixBytes = 64 << 10, Queue = 3, StepTokens = 64, StepTokensWhileWriting = 24, Threads = 1 };

    // What this catches: memory that grows, an answer that never comes, and a cell that is lost, after many thousand requests that come, share, wait, are refused, expire and are cancelled.
    [Fact]
    public async Task Random_arrivals_and_cancels_under_a_tight_budget_all_end_and_memory_stays_flat()
    {
        var duration = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable(Variable) ?? "20", CultureInfo.InvariantCulture));
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Tight);
        var (random, began, seen) = (new Random(1), TimeProvider.System.GetTimestamp(), new Dictionary<string, long>());
        var under = new List<(EngineRun Run, CancellationTokenSource Cancel)>();
        (long Managed, long Resident)? settled = null;
        while (TimeProvider.System.GetElapsedTime(began) is var elapsed && elapsed < duration)
        {
            if (settled is null && elapsed > duration / 4)
            {
                settled = Memory();
            }

            while (under.Count < AtOnce)
            {
                var cancel = new CancellationTokenSource();
                under.Add((engine.Submit(Any(random), cancel.Token), cancel));
            }

            if (random.Next(6) == 0)
            {
                await under[random.Next(under.Count)].Cancel.CancelAsync();
            }

            await Task.WhenAny(under.Select(each => each.Run.Answer)).Soon();
            await CountEndedAsync();
        }

        while (under.Count > 0)
        {
            await under[0].Run.Answer.Soon();
            await CountEndedAsync();
        }

        var (managed, resident) = Memory();
        var report = engine.Report();
        TestContext.Current.SendDiagnosticMessage($"{string.Join(", ", seen.Select(each => $"{each.Value} {each.Key}"))}; {report}; managed {settled!.Value.Managed:N0} → {managed:N0}, resident {settled.Value.Resident:N0} → {resident:N0}");
        (managed - settled.Value.Managed).ShouldBeLessThan(ManagedGrowth);
        (resident - settled.Value.Resident).ShouldBeLessThan(ResidentGrowth);
        (report.Running, report.Waiting, report.Rebuilds).ShouldBe((0, 0, 0));
        report.Cells.ShouldBeLessThanOrEqualTo((int)(Tight.PrefixBytes / model.CacheBytesPerToken));
        report.PeakCells.ShouldBeInRange(Tight.ContextTokens / 2, Tight.ContextTokens);
        foreach (var kind in (string[])[nameof(EngineAnswer.Finished), nameof(EngineAnswer.CutOff), nameof(EngineAnswer.Declined), nameof(EngineAnswer.Cancelled), nameof(EngineAnswer.Refused), nameof(EngineAnswer.Expired)])
        {
            seen.GetValueOrDefault(kind).ShouldBeGreaterThan(0, kind);
        }

        seen.ShouldNotContainKey(nameof(EngineAnswer.Failed));

        async Task CountEndedAsync()
        {
            for (var i = under.Count - 1; i >= 0; i--)
            {
                if (under[i].Run.Answer.IsCompleted)
                {
                    var (answer, kind) = (await under[i].Run.Answer, (await under[i].Run.Answer).GetType().Name);
                    seen[kind] = seen.GetValueOrDefault(kind) + 1;
                    (await under[i].Run.Tokens.CountAsync(TestContext.Current.CancellationToken)).ShouldBe(answer.Usage.WrittenTokens);
                    under[i].Cancel.Dispose();
                    under.RemoveAt(i);
                }
            }
        }
    }

    private static EngineRequest Any(Random random)
    {
        var (room, kept) = (random.Next(3), random.Next(20, 160));
        var prompt = Enumerable.Range(0, kept).Select(i => (room * 31) + (i % 90)).Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(250))).ToArray();
        return new()
        {
            Lane = new(new ParticipantId("anahit"), new RoomId($"room {room}")),
            Prompt = prompt,
            KeptTokens = random.Next(5) == 0 ? 0 : kept - 1,
            MaxTokens = random.Next(4) == 0 ? 0 : random.Next(1, 60),
            Urgency = (EngineUrgency)random.Next(4),
            Deadline = random.Next(8) == 0 ? TimeSpan.FromMilliseconds(random.Next(4)) : null,
            Sampling = new(1, 40, 0.95f, (ulong)random.Next()),
            Decision = random.Next(3) == 0 ? new() { Choices = [1, 2], Threshold = 0.5, Rewind = prompt.Length - 1, Continuation = new[] { 3, 4 } } : null,
        };
    }

    private static (long Managed, long Resident) Memory()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64);
    }
}
