namespace Polyphony.Memory;

/// <summary>Counts as the keeper goes; read from anywhere, a moment old.</summary>
internal sealed class CountBook
{
    public long Admitted;
    public long Quarantined;
    public long NotMemorable;
    public long PolicyDenied;
    public long Duplicates;
    public long Merged;
    public long Evicted;
    public long Reflections;
    public long Faults;

    public void Count(Admission admission, bool isMerge)
    {
        switch (admission)
        {
            case Admission.Admit: Admitted++; break;
            case Admission.Quarantine: Quarantined++; break;
            case Admission.Drop { Reason: DropReason.NotMemorable }: NotMemorable++; break;
            case Admission.Drop { Reason: DropReason.PolicyDenied }: PolicyDenied++; break;
            case Admission.Drop when isMerge: Merged++; break;
            default: Duplicates++; break;
        }
    }

    public MemoryCounts Read() => new()
    {
        Admitted = Volatile.Read(ref Admitted),
        Quarantined = Volatile.Read(ref Quarantined),
        NotMemorable = Volatile.Read(ref NotMemorable),
        PolicyDenied = Volatile.Read(ref PolicyDenied),
        Duplicates = Volatile.Read(ref Duplicates),
        Merged = Volatile.Read(ref Merged),
        Evicted = Volatile.Read(ref Evicted),
        Reflections = Volatile.Read(ref Reflections),
        Faults = Volatile.Read(ref Faults),
    };
}
