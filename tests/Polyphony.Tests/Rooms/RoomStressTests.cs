using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Rooms;

public sealed class RoomStressTests
{
    private const int Posters = 50, PostsEach = 8, Loops = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Many_posters_and_loops_over_a_slow_log_end_quiet_with_every_message_answered_once_by_everybody()
    {
        await using var log = new JitteryRoomLog(seed: 7);
        await using var room = await LiveRoom.OpenAsync(log);
        using var follower = room.Subscribe(capacity: 100_000);
        var seats = new List<IConversation>();
        for (var i = 0; i < Loops; i++)
        {
            seats.Add(await room.SeatAsync($"P{i}"));
        }

        var joined = log.Durable.Count;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var loops = seats.Select((seat, i) => Task.Run(() => AnswerAsync(seat, i, stop.Token), Token)).ToArray();
        var posters = Enumerable.Range(0, Posters).Select(p => Task.Run(() => PostAsync(room, p), Token));

        await Task.WhenAll(posters).Soon();
        await room.WhenQuietAsync(Token);
        var ledger = RoomLedger.Of(log.Durable);
        await room.LookAsync(state => { ledger.MustAgreeWith(state); return true; }).Soon();
        ledger.MustHaveAnsweredEveryHuman();
        ledger.Offers.ShouldBe(Posters * PostsEach * Loops);
        log.Durable.OfType<MessagePosted>().Count().ShouldBe(Posters * PostsEach);
        follower.Taken().OfType<RoomSignal.Published>().Select(s => s.Event).Skip(Loops).ShouldBe(log.Durable.Skip(joined));
        await stop.CancelAsync();
        await Task.WhenAll(loops).Soon();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Never_two_threads_are_the_writer_at_once()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog(keepEvents: false));
        var (writers, most) = (0, 0);
        using var start = new Barrier(4);
        var lookers = Enumerable.Range(0, 4).Select(looker => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(Token);
                Task<int> last = Task.FromResult(0);
                for (var i = 0; i < 100_000; i++)
                {
                    last = room.LookAsync(_ =>
                    {
                        most = Math.Max(most, Interlocked.Increment(ref writers));
                        Thread.SpinWait(looker);
                        return Interlocked.Decrement(ref writers);
                    });
                }

                return last;
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap());

        await Task.WhenAll(lookers).Soon();
        most.ShouldBe(1);
    }

    private static async Task PostAsync(Room room, int poster)
    {
        for (var n = 0; n < PostsEach; n++)
        {
            var post = Post.ByHuman($"H{poster}", $"{poster}/{n}") with { Id = new($"{poster}/{n}") };
            (await room.PostAsync(post, Token)).ShouldBeOfType<Receipt.Accepted>();
            (await room.PostAsync(post, Token)).ShouldBeOfType<Receipt.AlreadyPosted>();
        }
    }

    private static async Task AnswerAsync(IConversation seat, int number, CancellationToken stop)
    {
        try
        {
            while (await seat.NextAsync(stop) is Offer offer)
            {
                if (offer.Turn.Value % 5 == 0)
                {
                    await Task.Yield();
                }

                TurnOutcome outcome = (offer.Turn.Value + number) % 7 == 0 ? new TurnOutcome.Passed("nothing") : TurnOutcome.Spoke.Instance;
                var receipt = await seat.CompleteAsync(TurnResult.Of(offer, outcome, outcome is TurnOutcome.Spoke ? "yes" : null), CancellationToken.None);
                receipt.ShouldBeOfType<Receipt.Accepted>();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>A log of one room whose appends become durable late, in order, some at a time.</summary>
    private sealed class JitteryRoomLog : IRoomLog
    {
        private readonly Channel<(RoomEvent[] Events, TaskCompletionSource Done)> _appends = Channel.CreateUnbounded<(RoomEvent[], TaskCompletionSource)>();
        private readonly List<RoomEvent> _durable = [];
        private readonly Task _writer;

        public JitteryRoomLog(int seed) => _writer = Task.Run(() => WriteAsync(new Random(seed)));

        public IReadOnlyList<RoomEvent> Durable
        {
            get
            {
                lock (_durable)
                {
                    return [.. _durable];
                }
            }
        }

        public async IAsyncEnumerable<IReadOnlyList<RoomEvent>> ReadAsync(RoomId room, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
            yield break;
        }

        public ValueTask AppendAsync(RoomId room, IReadOnlyList<RoomEvent> events)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _appends.Writer.TryWrite(([.. events], done)).ShouldBeTrue();
            return new(done.Task);
        }

        public async ValueTask DisposeAsync()
        {
            _appends.Writer.TryComplete();
            await _writer;
        }

        private async Task WriteAsync(Random random)
        {
            var group = new List<(RoomEvent[] Events, TaskCompletionSource Done)>();
            while (await _appends.Reader.WaitToReadAsync())
            {
                for (var size = random.Next(1, 40); size > 0 && _appends.Reader.TryRead(out var append); size--)
                {
                    group.Add(append);
                }

                for (var yields = random.Next(0, 30); yields > 0; yields--)
                {
                    await Task.Yield();
                }

                lock (_durable)
                {
                    _durable.AddRange(group.SelectMany(append => append.Events));
                }

                group.ForEach(append => append.Done.SetResult());
                group.Clear();
            }
        }
    }
}
