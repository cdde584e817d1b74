namespace Polyphony.Llama.Engine;

/// <summary>How many requests of each urgency wait, and how many may. Thread-safe.</summary>
internal sealed class EngineQueue(int capacity)
{
    private readonly int[] _waiting = new int[Enum.GetValues<EngineUrgency>().Length];

    /// <summary>The most that wait, of each urgency.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>Those that wait now, of all urgencies.</summary>
    public int Waiting
    {
        get
        {
            var all = 0;
            for (var i = 0; i < _waiting.Length; i++)
            {
                all += Volatile.Read(ref _waiting[i]);
            }

            return all;
        }
    }

    /// <summary>Takes a place, where there is one.</summary>
    public bool TryEnter(EngineUrgency urgency)
    {
        if (Interlocked.Increment(ref _waiting[(int)urgency]) <= Capacity)
        {
            return true;
        }

        Leave(urgency);
        return false;
    }

    public void Leave(EngineUrgency urgency) => Interlocked.Decrement(ref _waiting[(int)urgency]);
}
