using System.Collections.Concurrent;
using System.Text;
using Polyphony.Turns;

namespace Polyphony.Cli.Probes;

/// <summary>How often the turns ended in each way.</summary>
internal sealed class TurnEnds
{
    /// <summary>The outcomes, as the command-line contract names them, in its order.</summary>
    public static readonly string[] Names = ["spoke", "passed", "refused", "superseded", "duplicate", "timedOut", "cancelled", "failed"];

    public const int Spoke = 0;
    public const int Refused = 2;
    public const int Failed = 7;

    private readonly long[] _counts = new long[Names.Length];

    public long this[int outcome] => _counts[outcome];

    public long Total => _counts.Sum();

    /// <summary>The outcome's place in <see cref="Names"/>; less than 0 where there is no such outcome.</summary>
    public static int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (Ascii.Equals(name, Names[i]))
            {
                return i;
            }
        }

        return -1;
    }

    public void Add(int outcome) => _counts[outcome]++;

    public void Add(TurnEnds other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }
}

/// <summary>A plain count that a <see cref="NamedTally{T}"/> can hold.</summary>
internal sealed class Counter
{
    public long Count { get; set; }
}

/// <summary>The time of one seam. Whole nanoseconds, so that the sum does not depend on who added what first.</summary>
internal sealed class SeamTime
{
    public LatencyHistogram? Histogram { get; set; }

    public Int128 TotalNs { get; set; }
}

/// <summary>What one worker has counted. The histograms are shared between the workers: they can be recorded to without a lock.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ProbeTally(ConcurrentDictionary<string, LatencyHistogram> histograms)
{
    // Far beyond what a room has; they bound the memory for a file that somebody made up.
    private const int MostPersonas = 10_000;
    private const int MostReasons = 4_000;
    private const int MostSeams = 500;

    // What one record claims beyond that was not counted.
    private const double MostInOne = 1e12;

    public NamedTally<SeamTime> Seams { get; } = new(MostSeams);

    public NamedTally<TurnEnds> Personas { get; } = new(MostPersonas);

    /// <summary>Why turns ended without a word, for each outcome.</summary>
    public NamedTally<Counter>[] Reasons { get; } = [.. TurnEnds.Names.Select(_ => new NamedTally<Counter>(MostReasons / TurnEnds.Names.Length))];

    public TurnEnds Outcomes { get; } = new();

    public long Dropped { get; private set; }

    /// <summary>Whether what people said was written; null where no line says so.</summary>
    public bool? HasContent { get; private set; }

    public double TokensOut { get; private set; }

    public Int128 GenerateNs { get; private set; }

    /// <summary>Counts a record; false where it is not one of ours.</summary>
    public bool Add(ProbeLine record)
    {
        if (record.IsTiming)
        {
            return AddTiming(record);
        }

        if (record.Class.StartsWith("persona.turn."u8))
        {
            return AddTurn(record, record.Class["persona.turn.".Length..]);
        }

        if (record.Class.SequenceEqual("inference.generate.exit"u8))
        {
            AddModelCall(record);
        }
        else if (record.Class.SequenceEqual("probe.dropped"u8))
        {
            Dropped += record.Fields.Number("count"u8) is >= 0 and < MostInOne and var lost ? (long)lost : 0;
        }
        else if (record.Class.SequenceEqual("probe.file"u8))
        {
            HasContent = HasContent == true || record.Fields.IsTrue("content"u8);
        }

        return true;
    }

    /// <summary>Takes in what another worker has counted.</summary>
    public void Add(ProbeTally other)
    {
        Outcomes.Add(other.Outcomes);
        Dropped += other.Dropped;
        HasContent = HasContent is null && other.HasContent is null ? null : HasContent == true || other.HasContent == true;
        TokensOut += other.TokensOut;
        GenerateNs += other.GenerateNs;
        foreach (var (name, seam) in other.Seams.All)
        {
            var own = Seams.Of(name);
            own.TotalNs += seam.TotalNs;
            own.Histogram ??= seam.Histogram;
        }

        foreach (var (name, ends) in other.Personas.All)
        {
            Personas.Of(name).Add(ends);
        }

        for (var i = 0; i < Reasons.Length; i++)
        {
            foreach (var (reason, counter) in other.Reasons[i].All)
            {
                Reasons[i].Of(reason).Count += counter.Count;
            }
        }
    }

    private bool AddTiming(ProbeLine record)
    {
        var name = record.Fields.Text("seam"u8);
        if (name.IsEmpty)
        {
            return false;
        }

        var ns = (long)Math.Round(record.DurationUs * 1e3);
        var seam = Seams.Of(name);
        seam.TotalNs += ns;
        seam.Histogram ??= histograms.GetOrAdd(Encoding.UTF8.GetString(name), static _ => new());
        seam.Histogram.RecordNanoseconds(ns);
        return true;
    }

    private bool AddTurn(ProbeLine record, ReadOnlySpan<byte> what)
    {
        if (what.SequenceEqual("spoke"u8))
        {
            End(record, TurnEnds.Spoke);
            return true;
        }

        if (what.SequenceEqual("error"u8))
        {
            End(record, TurnEnds.Failed);
            AddReason(TurnEnds.Failed, record.Fields.Text("stage"u8), record.Fields.Text("error_type"u8));
            return true;
        }

        if (!what.SequenceEqual("silent"u8))
        {
            return true;
        }

        var outcome = TurnEnds.IndexOf(record.Fields.Text("outcome"u8));
        if (outcome is < 0 or TurnEnds.Spoke)
        {
            return false;
        }

        End(record, outcome);
        AddReason(outcome, outcome == TurnEnds.Refused ? record.Fields.Text("rule"u8) : default, record.Fields.Text("reason"u8));
        return true;
    }

    private void End(ProbeLine record, int outcome)
    {
        Outcomes.Add(outcome);
        if (!record.Persona.IsEmpty)
        {
            Personas.Of(record.Persona).Add(outcome);
        }
    }

    private void AddReason(int outcome, ReadOnlySpan<byte> before, ReadOnlySpan<byte> reason) =>
        Reasons[outcome].Of(before.IsEmpty ? reason : [.. before, .. ": "u8, .. reason]).Count++;

    private void AddModelCall(ProbeLine record)
    {
        if (record.Fields.Number("tokens_out"u8) is >= 0 and < MostInOne and var tokens && record.Fields.Number("duration_ms"u8) is >= 0 and < 1e12 and var ms)
        {
            TokensOut += tokens;
            GenerateNs += (long)Math.Round(ms * 1e6);
        }
    }
}
