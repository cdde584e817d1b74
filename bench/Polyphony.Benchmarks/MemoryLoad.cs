using System.Diagnostics;
using System.Globalization;
using System.Text;
using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Benchmarks;

/// <summary>
/// Fills a memory and then lets one exchange after the other come, each a question and an answer: how long the keeper takes for one, beside a pass that has nothing to do, what of the
/// processor and what it allocates. In memory, and in SQLite: <c>memory-load [ENGRAMS] [PERSONAS] [EXCHANGES]</c>. How often a word comes is as in a language: the n-th most common is an n-th as often as the
/// first, of twenty thousand.
/// </summary>
internal static class MemoryLoad
{
    private const int Words = 20_000;
    private const int Retained = 16_384;

    public static async Task RunAsync(int engrams, int personas, int exchanges)
    {
        await RunAsync("in memory", new InMemoryEngramStore(), engrams, personas, exchanges);
        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"polyphony-memory-load-{Environment.ProcessId}.db"));
        try
        {
            await using var store = await SqliteEngramStore.OpenAsync(new() { Path = path });
            await RunAsync("in SQLite", store, engrams, personas, exchanges);
        }
        finally
        {
            foreach (var file in (string[])[path, path + "-wal", path + "-shm"])
            {
                File.Delete(file);
            }
        }
    }

    private static async Task RunAsync(string where, IEngramStore store, int engrams, int personas, int exchanges)
    {
        await using var memory = await RoomMemory.OpenAsync(new("load"), new() { Store = store, Capacity = 1_000_000 });
        for (var i = 0; i < personas; i++)
        {
            memory.Add(new($"persona:{i}"), $"Persona {i}");
        }

        var talk = new Talk();
        var began = Environment.CpuUsage.TotalTime;
        while (talk.Transcript.LastSeq < engrams)
        {
            talk.Say(Math.Min(8_192, engrams - (int)talk.Transcript.LastSeq));
            memory.Hand(talk.Transcript.View(), Roster.Empty);
            await memory.WhenSettledAsync();
        }

        var filled = Environment.CpuUsage.TotalTime - began;
        await PassesAsync(Math.Min(exchanges, 200));
        var idle = await MeasureAsync(exchanges, static _ => { });
        var views = new TranscriptView[exchanges];
        for (var i = 0; i < exchanges; i++)
        {
            talk.Say(2);
            views[i] = talk.Transcript.View();
        }

        var busy = await MeasureAsync(exchanges, i => memory.Hand(views[i], Roster.Empty));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{where}, {memory.Counts.Admitted / personas} engrams of each of {personas}: filled in {filled.TotalSeconds:0.0} s of processor; an exchange {busy.MedianUs:0.0} µs, p99 {busy.P99Us:0.0}, {busy.CpuUs:0} µs of processor, {busy.Bytes - idle.Bytes:0} bytes; a pass without anything to do {idle.MedianUs:0.0} µs"));

        async Task PassesAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                talk.Say(2);
                memory.Hand(talk.Transcript.View(), Roster.Empty);
                await memory.WhenSettledAsync();
            }
        }

        async Task<(double MedianUs, double P99Us, double CpuUs, double Bytes)> MeasureAsync(int count, Action<int> hand)
        {
            var took = new double[count];
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var cpu = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < count; i++)
            {
                var from = Stopwatch.GetTimestamp();
                hand(i);
                await memory.WhenSettledAsync();
                took[i] = Stopwatch.GetElapsedTime(from).TotalMicroseconds;
            }

            cpu = Environment.CpuUsage.TotalTime - cpu;
            var bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)count;
            Array.Sort(took);
            return (took[count / 2], took[count * 99 / 100], cpu.TotalMicroseconds / count, bytes);
        }
    }

    /// <summary>A conversation, the same in each run.</summary>
    private sealed class Talk
    {
        private static readonly ParticipantId Hana = Post.HumanId("Hana");
        private static readonly ParticipantId Persona = new("persona:0");
        private ulong _state = 1;

        public Transcript Transcript { get; } = new(Retained);

        public void Say(int messages)
        {
            for (var i = 0; i < messages; i++)
            {
                var seq = Transcript.LastSeq + 1;
                var isPerson = seq % 2 == 1;
                Transcript.Append(new()
                {
                    Id = new($"#{seq}"), Seq = seq, Author = isPerson ? Hana : Persona, Kind = isPerson ? AuthorKind.Human : AuthorKind.Persona,
                    Text = Sentence(), At = DateTimeOffset.UnixEpoch.AddSeconds(seq * 20),
                });
            }
        }

        private string Sentence()
        {
            var text = new StringBuilder();
            for (var i = 0; i < 12; i++)
            {
                // Steps of splitmix64; its own constants.
                _state += 0x9E3779B97F4A7C15;
                var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
                mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
                var rank = (int)Math.Pow(Words, (mixed >> 11) * (1.0 / (1ul << 53)));
                text.Append(i == 0 ? "" : " ");
                for (; rank > 0; rank /= 20)
                {
                    text.Append("bdfgklmnprstvzchjwxy"[rank % 20]).Append("aeiou"[rank % 5]);
                }
            }

            return text.Append('.').ToString();
        }
    }
}
