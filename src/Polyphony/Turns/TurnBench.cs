using Microsoft.Extensions.AI;
using Polyphony.Capture;
using Polyphony.Diagnostics;
using Polyphony.Inference;
using Polyphony.Memory;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>What a persona keeps at hand from turn to turn. Made with its first offer, so that an idle persona has none. Used by one loop.</summary>
internal sealed class TurnBench
{
    private ModelWait _wait = new();
    private ChatMessage? _system;
    private Roster? _systemRoster;

    public StageClock Clock { get; } = new();

    /// <summary>The probes of the running turn; null while nobody listens.</summary>
    public TurnProbe? Probe { get; set; }

    /// <summary>What is captured of the running turn; null where turns are not captured.</summary>
    public TurnTape? Tape { get; set; }

    public WorkingMemory Memory { get; } = new();

    /// <summary>The wait for the next model call; a new one where the last is spent.</summary>
    public ModelWait Wait() => _wait = _wait.IsSpent ? new() : _wait;

    /// <summary>The system message, made again only when the roster has changed.</summary>
    public ChatMessage SystemMessageFor(HostedPersona persona, Roster roster)
    {
        if (_system is null || !ReferenceEquals(_systemRoster, roster))
        {
            _system = new(ChatRole.System, PromptAssembly.SystemText(persona.Card, persona.Profile, roster));
            _systemRoster = roster;
        }

        return _system;
    }
}
