using System.Runtime.Intrinsics;

namespace Polyphony.Turns.Speech;

/// <summary>
/// Which of sixteen lines hold a hash: one look-up tells of all of them, where comparing line by line would walk through each. Bounded by what sixteen <see cref="LinePrint"/>s hold.
/// </summary>
internal sealed class LineIndex
{
    /// <summary>How many lines there can be: a bit of a mask, and a lane of a vector, for each.</summary>
    public const int Lines = 16;

    private const int Smallest = 64;

    private static readonly Vector256<ushort> LaneBits = Vector256.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);

    private uint[] _keys = new uint[Smallest];
    private ushort[] _masks = new ushort[Smallest];

    // With those that no line holds any more, until the table grows.
    private int _used;

    public void Add(ReadOnlySpan<uint> hashes, int line)
    {
        foreach (var hash in hashes)
        {
            var at = PlaceOf(hash);
            if (_keys[at] == 0)
            {
                if (++_used * 2 > _keys.Length)
                {
                    Resize();
                    at = PlaceOf(hash);
                    _used++;
                }

                _keys[at] = hash;
            }

            _masks[at] |= (ushort)(1 << line);
        }
    }

    public void Remove(ReadOnlySpan<uint> hashes, int line)
    {
        foreach (var hash in hashes)
        {
            _masks[PlaceOf(hash)] &= (ushort)~(1 << line);
        }
    }

    /// <summary>How many of the hashes, which are all different and at most 65,535, each line holds.</summary>
    public Vector256<ushort> CountOf(ReadOnlySpan<uint> hashes)
    {
        var counts = Vector256<ushort>.Zero;
        foreach (var hash in hashes)
        {
            // What equals is all ones, which is one less than nought.
            counts -= Vector256.Equals(Vector256.Create(_masks[PlaceOf(hash)]) & LaneBits, LaneBits);
        }

        return counts;
    }

    private int PlaceOf(uint hash)
    {
        var keys = _keys;
        var at = (int)(hash & (uint)(keys.Length - 1));
        while (keys[at] != hash && keys[at] != 0)
        {
            at = (at + 1) & (keys.Length - 1);
        }

        return at;
    }

    private void Resize()
    {
        var (keys, masks) = (_keys, _masks);
        var live = 0;
        foreach (var mask in masks)
        {
            live += mask != 0 ? 1 : 0;
        }

        var size = Smallest;
        while (size < live * 4)
        {
            size *= 2;
        }

        (_keys, _masks, _used) = (new uint[size], new ushort[size], live);
        for (var i = 0; i < keys.Length; i++)
        {
            if (masks[i] != 0)
            {
                var at = PlaceOf(keys[i]);
                (_keys[at], _masks[at]) = (keys[i], masks[i]);
            }
        }
    }
}
