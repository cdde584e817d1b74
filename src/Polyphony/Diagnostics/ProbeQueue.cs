using System.Numerics;

namespace Polyphony.Diagnostics;

/// <summary>
/// A bounded queue for many writers and one reader, without a lock: Dmitry Vyukov's array queue, in which each cell's number says whose turn it is. A full queue takes
/// nothing, so that a writer never waits. What is queued is copied into its cell, so that a busy queue allocates nothing.
/// </summary>
internal sealed class ProbeQueue
{
    private readonly Cell[] _cells;
    private readonly int _mask;
    private long _head;
    private long _tail;

    /// <param name="capacity">Rounded up to a power of two.</param>
    public ProbeQueue(int capacity)
    {
        _cells = new Cell[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, capacity))];
        _mask = _cells.Length - 1;
        for (var i = 0; i < _cells.Length; i++)
        {
            _cells[i].Number = i;
        }
    }

    /// <summary>Adds a probe; false where there is no room.</summary>
    public bool TryAdd(in SeenProbe probe)
    {
        var at = Volatile.Read(ref _tail);
        while (true)
        {
            ref var cell = ref _cells[at & _mask];
            var ahead = Volatile.Read(ref cell.Number) - at;
            if (ahead < 0)
            {
                return false;
            }

            if (ahead == 0 && Interlocked.CompareExchange(ref _tail, at + 1, at) == at)
            {
                try
                {
                    (cell.Probe ??= new()).Fill(probe);
                }
                finally
                {
                    // Also where a value could not be had: a cell that is never handed over would stop the reader.
                    Volatile.Write(ref cell.Number, at + 1);
                }

                return true;
            }

            at = Volatile.Read(ref _tail);
        }
    }

    /// <summary>The oldest probe; null where there is none. Good until <see cref="Release"/>. For the one reader.</summary>
    public CapturedProbe? Peek()
    {
        ref var cell = ref _cells[_head & _mask];
        return Volatile.Read(ref cell.Number) == _head + 1 ? cell.Probe : null;
    }

    /// <summary>Gives the cell of the oldest probe back to the writers.</summary>
    public void Release()
    {
        ref var cell = ref _cells[_head & _mask];
        cell.Probe!.Clear();
        Volatile.Write(ref cell.Number, _head + _cells.Length);
        _head++;
    }

    private struct Cell
    {
        public long Number;
        public CapturedProbe? Probe;
    }
}
