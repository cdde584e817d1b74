using System.Threading.Tasks.Sources;
using Polyphony.Turns;

namespace Polyphony.Rooms;

/// <summary>The result of this seat's turn on its way through the room. One for the seat: it has one result under way at most.</summary>
internal sealed class TurnResultWork(RoomConversation seat, RoomWriter room) : RoomWork, IValueTaskSource<Receipt>
{
    private ManualResetValueTaskSourceCore<Receipt> _core;
    private TurnResult? _result;
    private object? _answer;

    public ValueTask<Receipt> HandIn(TurnResult result)
    {
        _core.Reset();
        var version = _core.Version;
        _result = result;

        // A loop that does not run on the trampoline is further up this stack; another one must not run on top of it.
        room.Enqueue(this, fromLoop: Trampoline.IsRunning);
        return new(this, version);
    }

    public long Turn => _result!.Turn.Value;

    public override void Run(RoomWriter room)
    {
        if (!room.HoldsBack(this))
        {
            seat.Answered(_result!);
            room.Promise(this, room.StepOn(new CompleteTurn(_result!), room.Time.GetTimestamp()));
        }
    }

    public override void Complete(RoomWriter room, Receipt receipt) => Reply(receipt);

    public override void Fail(RoomWriter room, Exception fault) => Reply(fault);

    /// <summary>Gives the answer that came, if one came.</summary>
    public bool Answer()
    {
        var answer = Interlocked.Exchange(ref _answer, null);
        switch (answer)
        {
            case Receipt receipt:
                _core.SetResult(receipt);
                return true;
            case Exception fault:
                _core.SetException(fault);
                return true;
            default:
                return false;
        }
    }

    Receipt IValueTaskSource<Receipt>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Receipt>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Receipt>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Reply(object answer)
    {
        Volatile.Write(ref _answer, answer);
        if (room.IsOwn(this))
        {
            // The loop is the caller further up this stack and has not been given its task yet: nothing of its runs here.
            Answer();
        }
        else
        {
            room.WakeLater(seat);
        }
    }
}
