using Polyphony.Capture;
using Polyphony.Diagnostics;
using Polyphony.Memory;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>What a persona keeps at hand from turn to turn. Made with its first offer, so that an idle persona has none. Used by one loop.</summary>
internal sealed class TurnBench
{
    private ModelWait _wait = new();

    public StageClock Clock { get; } = new();

    /// <summary>The probes of the running turn; null while nobody listens.</summary>
    public TurnProbe? Probe { get; set; }

    /// <summary>What is captured of the running turn; null where turns are not captured.</summary>
    public TurnTape? Tape { get; set; }

    public WorkingMemory Memory { get; } = new();

    /// <summary>What the persona keeps of its prompts.</summary>
    public PersonaPrompt Prompt { get; } = new();

    /// <summary>The wait for the next model call; a new one where the last is spent.</summary>
    public ModelWait Wait() => _wait = _wait.IsSpent ? new() : _wait;

    /// <summary>What the persona remembers, as engrams.</summary>
    public IReadOnlyList<Engram> Remembered(ParticipantId owner)
    {
        var kept = Memory.Recall();
        return kept.Count == 0 ? [] :
        [
            .. kept.Select((m, i) => new Engram
            {
                Id = new(i + 1), Owner = owner, Kind = EngramKind.Episodic, Origin = new EngramOrigin.Said(m.Id, m.Author, m.Seq), Content = m.Text,
                Trust = m.Kind == AuthorKind.Human ? EngramTrust.Person : EngramTrust.Peer, At = m.At,
            }),
        ];
    }
}
