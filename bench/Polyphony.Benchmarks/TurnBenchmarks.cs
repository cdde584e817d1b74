using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Testing;

namespace Polyphony.Benchmarks;

/// <summary>A whole turn in a live room, from the post to the quiet room, against a message there and back over two bare channels.</summary>
[MemoryDiagnoser]
public class TurnBenchmarks
{
    private readonly Channel<int> _there = Channel.CreateUnbounded<int>(new() { SingleReader = true });
    private readonly Channel<int> _back = Channel.CreateUnbounded<int>(new() { SingleReader = true });
    private HostedRoom _room = null!;
    private InMemoryRoomLog _log = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _ = Task.Run(async () =>
        {
            await foreach (var message in _there.Reader.ReadAllAsync())
            {
                _back.Writer.TryWrite(message);
            }
        });
        var card = new PersonaCard("Bench");
        var models = new ModelRegistry(new ModelDescriptor("open", 8_192, JsonDecisionProtocol.Instance));
        _log = new(keepEvents: false);
        _room = await HostedRoom.StartAsync(new()
        {
            Room = new("bench"),
            Rules = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false },
            Plans = [new(card, models.BuildProfile(card, "open", HardwareTier.Cpu, 10))],
            Factory = new Instant(),
            Log = _log,
        });
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        _there.Writer.Complete();
        await _room.DisposeAsync();
        await _log.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public async Task<int> ThereAndBack()
    {
        _there.Writer.TryWrite(1);
        return await _back.Reader.ReadAsync();
    }

    [Benchmark]
    public async Task Turn()
    {
        await _room.Room.PostAsync(Post.ByHuman("peer", "ping"));
        await _room.Room.WhenQuietAsync();
    }

    private sealed class Instant : IPersonaAdapterFactory
    {
        public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IChatClient>(new OpenChatClient(call => call.Complete("""{"will_respond":true,"response":"pong"}""")));
    }
}
