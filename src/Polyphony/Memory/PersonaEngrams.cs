using Polyphony.Rooms;

namespace Polyphony.Memory;

/// <summary>Everything that one persona remembers of its room. Belongs to the room's keeper, one caller at a time.</summary>
/// <remarks>Past 300 lines: the ways to an engram (its id, message, words, pins) are kept in step here, and nowhere else.</remarks>
internal sealed class PersonaEngrams
{
    private const int MostPinned = 64;
    private const int MostRecent = 16;

    private readonly Dictionary<long, Remembrance> _bySeq = [];
    private readonly Dictionary<ulong, Remembrance> _byContent = [];
    private readonly HashSet<MessageId> _forgotten = [];
    private readonly List<Remembrance> _pinned = [];
    private readonly List<Remembrance> _held = [];
    private readonly List<Remembrance> _order = [];
    private InMemoryEngramIndex? _concluded;
    private RecallSnapshot _replaced = RecallSnapshot.Empty;

    public PersonaEngrams(PersonaMemory handle, string name)
    {
        Handle = handle;
        Name = name;
    }

    public PersonaMemory Handle { get; }

    public string Name { get; }

    /// <summary>What it reflects with; null where it cannot.</summary>
    public PersonaMind? Mind { get; init; }

    public ParticipantId Owner => Handle.Owner;

    public long AdmittedThrough { get; private set; }

    public long LastId { get; private set; }

    public int SinceReflection { get; private set; }

    public PersonaProgress Progress => new(Owner, AdmittedThrough, LastId, SinceReflection);

    /// <summary>What a store has to write.</summary>
    public UnsavedEngrams Unsaved { get; } = new();

    public int Count => _order.Count;

    /// <summary>In the order of the ids.</summary>
    public IReadOnlyList<Remembrance> All => _order;

    public void Restore(StoredPersona stored)
    {
        (AdmittedThrough, LastId, SinceReflection) = (stored.Progress.AdmittedThrough, stored.Progress.LastId, stored.Progress.SinceReflection);
        _forgotten.UnionWith(stored.Forgotten);
        foreach (var remembrance in stored.Engrams)
        {
            Put(remembrance);
        }
    }

    /// <summary>Deals with a message that comes to this memory.</summary>
    /// <param name="message">It.</param>
    /// <param name="traits">What holds for everybody.</param>
    /// <param name="origin">Shared by all who remember it.</param>
    /// <param name="near">The messages that say nearly the same, the likest first.</param>
    /// <param name="made">What was made of it.</param>
    /// <param name="isMerged">Whether an engram that says nearly the same took it in.</param>
    public Admission Admit(Message message, MessageTraits traits, EngramOrigin.Said origin, List<long> near, out Remembrance? made, out bool isMerged)
    {
        var from = _bySeq.GetValueOrDefault(message.Seq);
        var same = _byContent.TryGetValue(traits.Key, out var equal) && ContentKey.AreSame(equal.Engram.Content, message.Text) ? equal : null;
        var like = same is null ? FirstHeld(near) : null;
        var known = new MessageKnown(from?.Engram.Id, (same ?? like)?.Engram.Id, _forgotten.Contains(message.Id));
        var admission = HeuristicAdmission.Decide(traits, known, message.At);
        (AdmittedThrough, made) = (Math.Max(AdmittedThrough, message.Seq), null);
        Unsaved.Move();
        isMerged = like is not null && from is null && !known.IsForgotten && admission is Admission.Drop;
        switch (admission)
        {
            case Admission.Drop when isMerged:
                Use(like!, message.At);
                break;
            case Admission.Drop:
                break;
            default:
                made = New(EngramKind.Episodic, origin, message.Text, TrustIn(message), message.At, message.Seq);
                if (admission is Admission.Quarantine held)
                {
                    made.Hold(new(held.Reason, held.Until));
                }

                Put(made);
                SinceReflection++;
                break;
        }

        return admission;
    }

    /// <summary>What holds no longer: the log does not know it, or knows it otherwise.</summary>
    public List<Remembrance> NotOf(TranscriptView transcript)
    {
        var foreign = _order.FindAll(r => r.Engram.Origin is EngramOrigin.Said said && (said.Seq > transcript.LastSeq || IsOtherwise(r, said, transcript)));
        if (AdmittedThrough > transcript.LastSeq)
        {
            AdmittedThrough = transcript.LastSeq;
            Unsaved.Move();
        }

        return foreign;
    }

    public Remembrance Conclude(string content, IReadOnlyList<EngramId> from, DateTimeOffset at, long place)
    {
        var made = New(EngramKind.SelfReflection, new EngramOrigin.Reflected(from), content, EngramTrust.Own, at, place);
        Put(made);
        return made;
    }

    public void Reflected()
    {
        SinceReflection = 0;
        Unsaved.Move();
    }

    public bool Holds(string content) => _byContent.TryGetValue(ContentKey.Of(content), out var held) && ContentKey.AreSame(held.Engram.Content, content);

    public Remembrance? Find(EngramId id)
    {
        var (low, high) = (0, _order.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var at = _order[middle].Engram.Id.Value;
            if (at == id.Value)
            {
                return _order[middle];
            }

            (low, high) = at < id.Value ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    public void Pin(Remembrance remembrance)
    {
        remembrance.Pin();
        Unsaved.Change(remembrance);
        _held.Remove(remembrance);
        if (!_pinned.Contains(remembrance))
        {
            _pinned.Add(remembrance);
        }
    }

    public void Unpin(Remembrance remembrance, DateTimeOffset now)
    {
        if (_pinned.Remove(remembrance))
        {
            remembrance.Unpin(now);
            Unsaved.Change(remembrance);
        }
    }

    /// <summary>Lets engrams go. The message of one that is forgotten on purpose is never admitted again.</summary>
    public void Remove(IReadOnlyCollection<Remembrance> gone, bool forgotten)
    {
        foreach (var remembrance in gone)
        {
            remembrance.IsGone = true;
            Unsaved.Remove(new(Owner, remembrance.Engram.Id, (remembrance.Engram.Origin as EngramOrigin.Said)?.Message, forgotten));
            if (remembrance.Engram.Origin is EngramOrigin.Said said)
            {
                _bySeq.Remove(said.Seq);
                if (forgotten)
                {
                    _forgotten.Add(said.Message);
                }
            }

            var key = ContentKey.Of(remembrance.Engram.Content);
            if (_byContent.TryGetValue(key, out var held) && held == remembrance)
            {
                _byContent.Remove(key);
            }

            _pinned.Remove(remembrance);
            _held.Remove(remembrance);
        }

        _order.RemoveAll(static r => r.IsGone);
        var concluded = gone.Where(static r => r.Engram.Origin is EngramOrigin.Reflected).Select(static r => r.Engram.Id.Value).ToArray();
        if (concluded.Length > 0)
        {
            _concluded!.Remove(concluded);
        }

        Handle.Count = _order.Count;
    }

    /// <summary>Those that have to go because there are more than fit: the least salient, the oldest of equal ones, and some more than necessary, so that this is rare.</summary>
    public List<Remembrance> Surplus(int capacity, DateTimeOffset now)
    {
        var surplus = _order.Count - capacity;
        return surplus <= 0 ? [] : LeastSalient(surplus + (capacity / 64), now);
    }

    private List<Remembrance> LeastSalient(int count, DateTimeOffset now) =>
        [.. _order.OrderBy(static r => r.IsPinned).ThenBy(r => r.SalienceAt(now)).ThenBy(static r => r.Engram.Id.Value).Take(count)];

    /// <summary>Releases what has been in quarantine long enough.</summary>
    public List<Remembrance> Release(DateTimeOffset now)
    {
        if (_held.Count == 0)
        {
            return [];
        }

        var released = new List<Remembrance>();
        foreach (var remembrance in _held)
        {
            if (remembrance.Quarantine!.Until <= now)
            {
                remembrance.Release();
                Unsaved.Change(remembrance);
                released.Add(remembrance);
            }
        }

        _held.RemoveAll(static r => r.Quarantine is null);
        return released;
    }

    public Remembrance? Of(long seq) => _bySeq.GetValueOrDefault(seq);

    /// <summary>What it concluded that has words in common with a text.</summary>
    public IReadOnlyList<EngramHit> SearchConclusions(string text, int limit) => _concluded?.Search(text, limit) ?? [];

    /// <summary>What may come to mind also without a word in common: what is pinned, and what came last before the window.</summary>
    public void AddAlwaysCandidates(long windowFrom, List<Remembrance> candidates)
    {
        for (var i = Math.Max(0, _pinned.Count - MostPinned); i < _pinned.Count; i++)
        {
            candidates.Add(_pinned[i]);
        }

        var recent = 0;
        for (var i = _order.Count - 1; i >= 0 && recent < MostRecent; i--)
        {
            var isInWindow = _order[i].Engram.Origin is EngramOrigin.Said && _order[i].Place >= windowFrom;
            if (!isInWindow)
            {
                recent++;
                candidates.Add(_order[i]);
            }
        }
    }

    /// <summary>Puts what was prepared in the place of what was before.</summary>
    public void Recalls(RecallSnapshot prepared)
    {
        _replaced = Handle.Prepared;
        Handle.Prepared = prepared;
    }

    /// <summary>What was recalled since the last time is remembered better: also what a turn took while the next was being prepared.</summary>
    public void ApplyUses(DateTimeOffset now)
    {
        ApplyUses(Handle.Prepared, now);
        ApplyUses(_replaced, now);
        _replaced = RecallSnapshot.Empty;
    }

    private void ApplyUses(RecallSnapshot snapshot, DateTimeOffset now)
    {
        if (!snapshot.TakeUse())
        {
            return;
        }

        foreach (var engram in snapshot.Engrams)
        {
            if (Find(engram.Id) is { } used)
            {
                Use(used, now);
            }
        }
    }

    public void Use(Remembrance remembrance, DateTimeOffset now)
    {
        remembrance.Use(now);
        Unsaved.Change(remembrance);
    }

    private static EngramTrust Trust(Message message) => message.Kind == AuthorKind.Human ? EngramTrust.Person : EngramTrust.Peer;

    private EngramTrust TrustIn(Message message) => message.Author == Owner ? EngramTrust.Own : Trust(message);

    private static bool IsOtherwise(Remembrance remembrance, EngramOrigin.Said said, TranscriptView transcript) =>
        said.Seq >= transcript.FirstSeq && transcript.Count > 0 && transcript[said.Seq] is var message
        && (message.Id != said.Message || message.Author != said.Author || message.Text != remembrance.Engram.Content);

    private Remembrance? FirstHeld(List<long> near)
    {
        foreach (var seq in near)
        {
            if (_bySeq.TryGetValue(seq, out var held) && held.Quarantine is null)
            {
                return held;
            }
        }

        return null;
    }

    private Remembrance New(EngramKind kind, EngramOrigin origin, string content, EngramTrust trust, DateTimeOffset at, long place)
    {
        var engram = new Engram { Id = new(++LastId), Owner = Owner, Kind = kind, Origin = origin, Content = content, Trust = trust, At = at };
        var made = new Remembrance(engram, place);
        Unsaved.Add(made);
        return made;
    }

    private void Put(Remembrance remembrance)
    {
        var engram = remembrance.Engram;
        if (engram.Owner != Owner)
        {
            throw new InvalidOperationException($"{engram.Id} belongs to {engram.Owner}; it cannot enter the memory of {Owner}");
        }

        _order.Add(remembrance);
        Handle.Count = _order.Count;
        LastId = Math.Max(LastId, engram.Id.Value);
        _byContent.TryAdd(ContentKey.Of(engram.Content), remembrance);
        if (engram.Origin is EngramOrigin.Said said)
        {
            _bySeq[said.Seq] = remembrance;
        }
        else
        {
            (_concluded ??= new()).Add(engram.Id.Value, engram.Content);
        }

        if (remembrance.IsPinned)
        {
            _pinned.Add(remembrance);
        }

        if (remembrance.Quarantine is not null)
        {
            _held.Add(remembrance);
        }
    }
}
