using System.Diagnostics;
using System.Threading.Channels;
using Polyphony.Turns;

namespace Polyphony.Testing.Stress;

/// <summary>
/// The rounds of a timed trial over bare channels: a message to each of N readers, the same sleeper in place of the model, and nothing else. What this costs,
/// any runtime pays.
/// </summary>
internal sealed class FloorRounds : IAsyncDisposable
{
    private readonly Channel<long>[] _channels;
    private readonly Task[] _readers;
    private TaskCompletionSource _allAnswered = new();
    private int _remaining;

    public FloorRounds(int personas, Sleeper sleeper)
    {
        Sleeper = sleeper;
        _channels = [.. Enumerable.Range(0, personas).Select(_ => Channel.CreateUnbounded<long>(new() { SingleReader = true }))];
        _readers = [.. _channels.Select(c => ReadAsync(c.Reader))];
    }

    public Sleeper Sleeper { get; set; }

    public LatencyHistogram SinceArrival { get; private set; } = new();

    public void Begin() => SinceArrival = new();

    public void Run(int messages, CancellationToken cancellationToken)
    {
        for (var i = 0; i < messages; i++)
        {
            _allAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _remaining, _channels.Length);
            var arrived = Stopwatch.GetTimestamp();
            foreach (var channel in _channels)
            {
                channel.Writer.TryWrite(arrived);
            }

            _allAnswered.Task.Wait(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
        {
            channel.Writer.Complete();
        }

        await Task.WhenAll(_readers);
    }

    private async Task ReadAsync(ChannelReader<long> messages)
    {
        await foreach (var arrived in messages.ReadAllAsync())
        {
            var entered = Stopwatch.GetTimestamp();
            var model = new TaskCompletionSource<long>();
            Sleeper.Schedule(static model => ((TaskCompletionSource<long>)model).SetResult(Stopwatch.GetTimestamp()), model);
            var left = await model.Task;
            SinceArrival.Record(arrived + (left - entered), Stopwatch.GetTimestamp());
            if (Interlocked.Decrement(ref _remaining) == 0)
            {
                _allAnswered.SetResult();
            }
        }
    }
}
