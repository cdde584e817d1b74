using System.Diagnostics;
using Polyphony.Diagnostics;
using Polyphony.Rooms;

namespace Polyphony.Memory;

/// <summary>Keeps the memories of one room: one pass at a time, off the hot path. Admits what is new for every persona, prepares what each recalls, saves.</summary>
/// <remarks>A pass and what can be asked of it are one thing, and its steps share the order of the personas and the time.</remarks>
internal sealed class MemoryKeeper
{
    private const int Candidates = 64;
    private const int ConcludedCandidates = 16;
    private const int CatchUpStep = 4_096;

    private readonly RoomMemory _room;
    private readonly Dictionary<ParticipantId, StoredPersona> _stored;
    private readonly Dictionary<ParticipantId, PersonaEngrams> _personas = [];
    private readonly List<PersonaEngrams> _order = [];
    private readonly RememberedTexts _texts;
    private readonly RecallPreparation _preparation;
    private readonly MemoryEmbedding _embedding;
    private readonly MemoryReflection _reflection;
    private readonly MemorySaving _saving;
    private readonly RoomProbe? _probe;
    private readonly bool _hasIndex;
    private long _through;
    private long _newest;
    private string _query = "";
    private Roster _roster = Roster.Empty;
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
    private readonly CountBook _counts = new();
    private bool _mustPrepare;

    public MemoryKeeper(RoomMemory room, StoredMemory stored, RoomProbe? probe, CancellationToken stop)
    {
        _room = room;
        _probe = probe;
        _hasIndex = stored.HasIndex;
        _stored = stored.Personas.ToDictionary(static p => p.Progress.Owner);
        _preparation = new(room.Options);
        _embedding = new(room, stored.Vectors, stop);
        _texts = new(room.Options.Store.IndexOf(room.Room), _embedding, failure => Fault(MemoryFaultKind.Index, null, failure));
        _reflection = new(room, stop);
        _saving = new(room.Options.Store, room.Room, _embedding.Unsaved, failure => Fault(MemoryFaultKind.Store, null, failure));
    }

    /// <summary>The last message that every memory has dealt with.</summary>
    public long Through => Volatile.Read(ref _through);

    public MemoryCounts Counts => _counts.Read();

    public Task Embedding => _embedding.Running;

    public Task Reflection => _reflection.Running;

    public PersonaEngrams Of(ParticipantId owner) => _personas.TryGetValue(owner, out var persona)
        ? persona
        : throw new InvalidOperationException($"{owner} has no memory of {_room.Room}; add it first");

    /// <summary>An index that is not kept begins with what the engrams were made of.</summary>
    public async ValueTask OpenAsync()
    {
        if (_hasIndex)
        {
            return;
        }

        var texts = new Dictionary<long, string>();
        foreach (var r in _stored.Values.SelectMany(static p => p.Engrams).Where(static r => r.Quarantine is null))
        {
            if (r.Engram.Origin is EngramOrigin.Said said)
            {
                texts[said.Seq] = r.Engram.Content;
            }
        }

        await _texts.BeginAsync([.. texts.Select(static t => new IndexedText(t.Key, t.Value))]);
    }

    /// <summary>One pass: everything that was handed over before it began is dealt with when it ends.</summary>
    public async Task PassAsync(Handed? handed, List<KeeperRequest> requests)
    {
        var began = Stopwatch.GetTimestamp();
        ApplyUses();
        foreach (var request in requests)
        {
            await request.RunAsync(this);
        }

        if (handed is not null)
        {
            await AdmitAsync(handed);
        }

        await ReleaseAsync();
        await EvictAsync();
        if (_mustPrepare)
        {
            await PrepareAsync(began);
        }

        var failure = await _saving.SaveAsync(_order);

        // Before anybody is told that the pass is over, so that who waits finds what it has begun.
        _embedding.Start(_newest, _query);
        _reflection.Start(_order, _roster);
        requests.ForEach(r => r.End(failure));
    }

    public ValueTask AddAsync(PersonaMemory handle, string name, PersonaMind? mind)
    {
        var persona = new PersonaEngrams(handle, name) { Mind = mind };
        if (_stored.Remove(handle.Owner, out var stored))
        {
            persona.Restore(stored);
            foreach (var remembrance in persona.All)
            {
                _texts.Hold(remembrance);
            }
        }

        _personas.Add(handle.Owner, persona);
        _order.Add(persona);
        _mustPrepare = true;
        return ValueTask.CompletedTask;
    }

    public async ValueTask CatchUpAsync(IRoomLog log, Handed handed, CancellationToken cancellationToken)
    {
        var transcript = handed.Transcript;
        foreach (var persona in _order)
        {
            await RemoveAsync(persona, persona.NotOf(transcript), forgotten: false);
        }

        var behind = _order.Count == 0 ? transcript.LastSeq : _order.Min(static p => p.AdmittedThrough);
        if (transcript.LastSeq > 0 && behind + 1 < transcript.FirstSeq)
        {
            await ReadAsync(log, behind, transcript.FirstSeq, cancellationToken);
        }

        await AdmitAsync(handed);
    }

    public ValueTask List(ParticipantId owner, out IReadOnlyList<RememberedEngram> all)
    {
        all = [.. Of(owner).All.Select(r => new RememberedEngram(r.Engram, r.SalienceAt(_now), r.AccessCount, r.LastAccessed, r.IsPinned, r.Quarantine))];
        return ValueTask.CompletedTask;
    }

    public ValueTask ForgetAsync(PersonaEngrams persona, Remembrance remembrance) => RemoveAsync(persona, [remembrance], forgotten: true);

    public async ValueTask PinAsync(PersonaEngrams persona, Remembrance remembrance)
    {
        var wasHeld = remembrance.Quarantine is not null;
        persona.Pin(remembrance);
        _mustPrepare = true;
        if (wasHeld)
        {
            _texts.Show(remembrance);
            await _texts.FlushAsync();
        }
    }

    public ValueTask Unpin(PersonaEngrams persona, Remembrance remembrance)
    {
        persona.Unpin(remembrance, _now);
        _mustPrepare = true;
        return ValueTask.CompletedTask;
    }

    public void Conclude(PersonaEngrams persona, IReadOnlyList<string> conclusions, IReadOnlyList<EngramId> from)
    {
        foreach (var content in conclusions.Where(c => !persona.Holds(c)))
        {
            persona.Conclude(content, from, _now, _newest);
            _counts.Reflections++;
        }

        _mustPrepare = true;
    }

    /// <summary>New vectors: what is recalled is prepared again.</summary>
    public void Embedded() => _mustPrepare = true;

    public void Fault(MemoryFaultKind kind, string? persona, Exception cause)
    {
        Interlocked.Increment(ref _counts.Faults);
        _probe?.MemoryFaulted(kind, persona, cause);
        _room.Options.OnFault?.Invoke(new(kind, persona, cause));
    }

    private async ValueTask ReadAsync(IRoomLog log, long behind, long until, CancellationToken cancellationToken)
    {
        await foreach (var events in log.ReadAsync(_room.Room, cancellationToken))
        {
            foreach (var e in events)
            {
                var message = e switch { MessagePosted posted => posted.Message, TurnClosed closed => closed.Reply, _ => null };
                if (message is null || message.Seq <= behind || message.Seq >= until)
                {
                    continue;
                }

                await AdmitAsync(message);
                if (message.Seq % CatchUpStep == 0)
                {
                    // A log may be longer than what fits: what gives way does so on the way.
                    await _texts.FlushAsync();
                    await EvictAsync();
                    await _saving.SaveAsync(_order);
                }
            }
        }
    }

    private void ApplyUses()
    {
        foreach (var persona in _order)
        {
            persona.ApplyUses(_now);
        }
    }

    private async ValueTask AdmitAsync(Handed handed)
    {
        var transcript = handed.Transcript;
        if (transcript.LastSeq == 0)
        {
            return;
        }

        _roster = handed.Roster;
        var newest = transcript[transcript.LastSeq];
        if (newest.Seq > _newest)
        {
            (_newest, _query, _mustPrepare) = (newest.Seq, newest.Text, true);
        }

        var from = _order.Count == 0 ? newest.Seq : _order.Min(static p => p.AdmittedThrough);
        for (var seq = Math.Max(from + 1, transcript.FirstSeq); seq <= newest.Seq; seq++)
        {
            await AdmitAsync(transcript[seq]);
        }

        await _texts.FlushAsync();
        _now = newest.At > _now ? newest.At : _now;
        Volatile.Write(ref _through, Math.Max(_through, newest.Seq));
    }

    private async ValueTask AdmitAsync(Message message)
    {
        var traits = HeuristicAdmission.TraitsOf(message.Text);
        var shape = traits is { IsMemorable: true, Held: null } ? _texts.ShapeOf(message.Text) : null;
        var near = await _texts.NearAsync(message, shape);
        var origin = new EngramOrigin.Said(message.Id, message.Author, message.Seq);
        _now = message.At > _now ? message.At : _now;
        foreach (var persona in _order)
        {
            if (persona.AdmittedThrough >= message.Seq)
            {
                continue;
            }

            _counts.Count(persona.Admit(message, traits, origin, near, out var made, out var isMerged), isMerged);
            if (made is not null)
            {
                _texts.Hold(made);
            }
        }

        await _texts.IndexAsync(message.Seq, shape);
    }

    private async ValueTask ReleaseAsync()
    {
        foreach (var persona in _order)
        {
            foreach (var released in persona.Release(_now))
            {
                _texts.Show(released);
                _mustPrepare = true;
            }
        }

        await _texts.FlushAsync();
    }

    private async ValueTask EvictAsync()
    {
        foreach (var persona in _order)
        {
            if (persona.Surplus(_room.Options.Capacity, _now) is { Count: > 0 } surplus)
            {
                await RemoveAsync(persona, surplus, forgotten: false);
                _counts.Evicted += surplus.Count;
            }
        }
    }

    private async ValueTask RemoveAsync(PersonaEngrams persona, List<Remembrance> gone, bool forgotten)
    {
        if (gone.Count == 0)
        {
            return;
        }

        persona.Remove(gone, forgotten);
        _mustPrepare = true;
        await _texts.RemoveAsync(gone);
    }

    private async ValueTask PrepareAsync(long began)
    {
        _mustPrepare = false;
        var hits = _query.Length == 0 ? [] : await _texts.SearchAsync(_query, Candidates);
        var meanings = _embedding.Search(_newest, Candidates);
        var looked = 0;
        var engrams = 0;
        var question = new RecallQuestion(_newest, _query, _now, hits, meanings);
        foreach (var persona in _order)
        {
            var concluded = persona.SearchConclusions(_query, ConcludedCandidates);
            looked += _preparation.Prepare(persona, question, concluded);
            engrams += persona.Count;
        }

        _probe?.MemoryPrepared(_newest, _order.Count, engrams, looked, began);
    }
}
