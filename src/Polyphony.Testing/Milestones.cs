namespace Polyphony.Testing;

/// <summary>A count that can be waited for, so that a test waits for the event and not for a while. Thread-safe.</summary>
internal sealed class Milestones
{
    private readonly Lock _counting = new();
    private List<(int Count, TaskCompletionSource Reached)>? _waiting;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Reach()
    {
        List<TaskCompletionSource>? reached = null;
        lock (_counting)
        {
            _count++;
            for (var i = (_waiting?.Count ?? 0) - 1; i >= 0; i--)
            {
                if (_waiting![i].Count <= _count)
                {
                    (reached ??= []).Add(_waiting[i].Reached);
                    _waiting.RemoveAt(i);
                }
            }
        }

        reached?.ForEach(static r => r.TrySetResult());
    }

    public Task WhenAsync(int count, CancellationToken cancellationToken)
    {
        lock (_counting)
        {
            if (_count >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (_waiting ??= []).Add((count, reached));
            return reached.Task.WaitAsync(cancellationToken);
        }
    }
}
