namespace Polyphony.Cli.Probes;

/// <summary>Sees one record. What it wants to keep it copies.</summary>
/// <returns>Whether it is one of ours after all; otherwise it counts as skipped.</returns>
internal delegate bool ProbeHandler(ProbeLine record);

/// <summary>How many lines were records, and how many were not.</summary>
internal readonly record struct ProbeCounts(long Records, long Skipped)
{
    public static ProbeCounts operator +(ProbeCounts a, ProbeCounts b) => new(a.Records + b.Records, a.Skipped + b.Skipped);
}

/// <summary>Hands the records of a file over one by one.</summary>
internal static class ProbeScan
{
    /// <summary>Reads blocks until there are no more. Several may do so at once over one file, each with a handler of its own.</summary>
    /// <returns>What this reader saw; <see cref="ProbeFile.Skipped"/> comes on top.</returns>
    public static ProbeCounts ToTheEnd(ProbeFile file, ProbeHandler handle, CancellationToken cancel)
    {
        var buffer = Array.Empty<byte>();
        var counts = default(ProbeCounts);
        while (file.ReadBlock(ref buffer) is > 0 and var length)
        {
            cancel.ThrowIfCancellationRequested();
            counts += Block(file, buffer.AsSpan(0, length), handle);
        }

        return counts;
    }

    /// <summary>Hands over the records of one block of a file.</summary>
    public static ProbeCounts Block(ProbeFile file, ReadOnlySpan<byte> block, ProbeHandler handle)
    {
        long records = 0, skipped = 0;
        while (ProbeFile.NextLine(ref block, out var line))
        {
            var isRecord = ProbeLine.TryParse(line, out var record);
            if (isRecord)
            {
                file.RequireVersion(record);
                isRecord = handle(record);
            }

            records += isRecord ? 1 : 0;
            skipped += isRecord ? 0 : 1;
        }

        return new(records, skipped);
    }
}
