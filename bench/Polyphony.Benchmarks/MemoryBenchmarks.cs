using BenchmarkDotNet.Attributes;
using Polyphony.Memory;
using Polyphony.Rooms;

namespace Polyphony.Benchmarks;

/// <summary>What a turn pays for its memory, and what the keeper does for it elsewhere. The baseline is reading one field as a turn must: a volatile read of an array.</summary>
[MemoryDiagnoser]
public class MemoryBenchmarks
{
    private static readonly ParticipantId Owner = new("persona:bench");
    private readonly List<Message> _said = [];
    private RoomMemory _memory = null!;
    private PersonaMemory _persona = null!;
    private Engram[] _field = [];

    [Params(1_000, 100_000)]
    public int Engrams { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _memory = await RoomMemory.OpenAsync(new("bench"), new() { Capacity = 1_000_000 });
        _persona = _memory.Add(Owner, "Bench");
        for (var i = 0; i < Engrams; i++)
        {
            Say($"thing {i * 7919 % 100_003} lies with {(char)('a' + (i % 26))}{i % 977} in drawer {i}");
        }

        await SettleAsync();
        _field = [.. _persona.Recall()];
    }

    [Benchmark(Baseline = true)]
    public int ReadAField() => Volatile.Read(ref _field).Length;

    [Benchmark]
    public int Recall() => _persona.Recall().Count;

    /// <summary>One message admitted and prepared, the wait for the pool's thread included.</summary>
    [Benchmark]
    public async Task PrepareAsync()
    {
        Say($"where does thing {_said.Count * 31} lie, and who is with drawer {_said.Count * 7}?");
        await SettleAsync();
    }

    private void Say(string text) => _said.Add(new()
    {
        Id = new($"#{_said.Count + 1}"), Seq = _said.Count + 1, Author = Post.HumanId("Hana"), Kind = AuthorKind.Human, Text = text, At = DateTimeOffset.UnixEpoch.AddSeconds(_said.Count),
    });

    private Task SettleAsync()
    {
        var newest = _said.Count > Engrams ? [.. _said.TakeLast(16)] : _said.ToArray();
        _memory.Hand(TranscriptView.Of(newest), Roster.Of());
        return _memory.WhenSettledAsync();
    }
}
