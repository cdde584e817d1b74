using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Polyphony.Diagnostics;

/// <summary>
/// A bounded queue of probes for many threads at both ends, without a lock: Dmitry Vyukov's array queue, in which each cell's number says whose turn it is. Nobody ever waits: a full ring
/// takes nothing, an empty one gives nothing.
/// </summary>
internal sealed class ProbeRing
{
    private readonly Cell[] _cells;
    private readonly int _mask;
    private Place _head;
    private Place _tail;

    /// <param name="capacity">Rounded up to a power of two.</param>
    public ProbeRing(int capacity)
    {
        _cells = new Cell[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, capacity))];
        _mask = _cells.Length - 1;
        for (var i = 0; i < _cells.Length; i++)
        {
            _cells[i].Number = i;
        }
    }

    /// <summary>Whether there was nothing to take just now.</summary>
    public bool IsEmpty
    {
        get
        {
            var at = Volatile.Read(ref _head.Number);
            return Volatile.Read(ref _cells[at & _mask].Number) - (at + 1) < 0;
        }
    }

    /// <summary>Adds an item; false where there is no room.</summary>
    public bool TryAdd(CapturedProbe item)
    {
        var at = Volatile.Read(ref _tail.Number);
        while (true)
        {
            ref var cell = ref _cells[at & _mask];
            var ahead = Volatile.Read(ref cell.Number) - at;
            if (ahead < 0)
            {
                return false;
            }

            if (ahead == 0 && Interlocked.CompareExchange(ref _tail.Number, at + 1, at) == at)
            {
                cell.Item = item;
                Volatile.Write(ref cell.Number, at + 1);
                return true;
            }

            at = Volatile.Read(ref _tail.Number);
        }
    }

    /// <summary>Takes the oldest item; false where there is none.</summary>
    public bool TryTake([NotNullWhen(true)] out CapturedProbe? item)
    {
        var at = Volatile.Read(ref _head.Number);
        while (true)
        {
            ref var cell = ref _cells[at & _mask];
            var ahead = Volatile.Read(ref cell.Number) - (at + 1);
            if (ahead < 0)
            {
                item = null;
                return false;
            }

            if (ahead == 0 && Interlocked.CompareExchange(ref _head.Number, at + 1, at) == at)
            {
                item = cell.Item!;
                cell.Item = null;
                Volatile.Write(ref cell.Number, at + _cells.Length);
                return true;
            }

            at = Volatile.Read(ref _head.Number);
        }
    }

    private struct Cell
    {
        public long Number;
        public CapturedProbe? Item;
    }

    // A cache line of its own, so that those who add do not slow down those who take.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Place
    {
        [FieldOffset(64)]
        public long Number;
    }
}
