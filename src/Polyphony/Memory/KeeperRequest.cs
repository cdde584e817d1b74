using System.Diagnostics.CodeAnalysis;

namespace Polyphony.Memory;

/// <summary>Something to be done in the keeper's next pass.</summary>
internal sealed class KeeperRequest(Func<MemoryKeeper, ValueTask> work)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    public Task Done => _done.Task;

    [SuppressMessage("Design", "CA1031", Justification = "Handed to whoever asked.")]
    public async ValueTask RunAsync(MemoryKeeper keeper)
    {
        try
        {
            await work(keeper);
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
    }

    public void Fail(Exception failure) => _done.TrySetException(failure);

    public void End(Exception? saving)
    {
        if ((_failure ?? saving) is { } failure)
        {
            _done.TrySetException(failure);
            _ = _done.Task.Exception;
        }
        else
        {
            _done.TrySetResult();
        }
    }
}
