using Microsoft.Extensions.AI;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Cli.Evaluate;

/// <summary>What became of a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Outcome">How the turn ended.</param>
/// <param name="Posted">What the room took; null where it took nothing.</param>
/// <param name="Framing">What the persona's prompt says before the conversation begins.</param>
/// <param name="NextPrompts">Every prompt that was made afterwards, for the persona and for the others.</param>
internal sealed record ConductResult(ConductCase Case, TurnOutcome Outcome, string? Posted, string Framing, IReadOnlyList<IReadOnlyList<ChatMessage>> NextPrompts)
{
    public string Got => Outcome switch
    {
        TurnOutcome.Spoke => "spoke",
        TurnOutcome.Passed => "passed",
        TurnOutcome.Refused => "refused",
        TurnOutcome.Failed => "failed",
        TurnOutcome.TimedOut => "timedOut",
        _ => "cancelled",
    };

    public string? Rule => (Outcome as TurnOutcome.Refused)?.Rule;

    public bool Agrees => Got == Case.Expect && (Case.Rule is null || Outcome is not TurnOutcome.Refused || Case.Rule == Rule);
}

/// <summary>Plays one case in a live room: the hosted room, its loops and its pipeline, with a scripted model behind each persona. The others pass, and what they are shown is kept.</summary>
internal sealed class ConductStage : ITurnObserver
{
    private const string Model = "scripted-conduct";

    private readonly Lock _watching = new();
    private readonly ConductCase _case;
    private readonly PersonaCard _card;
    private readonly string _silence;
    private readonly List<(long Last, TurnOutcome Outcome, string? Reply)> _turns = [];
    private readonly List<IReadOnlyList<ChatMessage>> _prompts = [];
    private string _framing = "";
    private string? _answer;
    private bool _isAfter;

    private ConductStage(ConductCase one)
    {
        _case = one;
        _card = new(one.Persona);
        _silence = DecisionText.Write(new Decision.Pass("nothing to add"), one.Protocol);
    }

    public static async Task<ConductResult> RunAsync(ConductCase one, CancellationToken cancel) => await new ConductStage(one).PlayAsync(cancel);

    public void TurnEnded(in TurnRecord turn)
    {
        if (turn.Persona == _card.Id)
        {
            lock (_watching)
            {
                _turns.Add((turn.Offer.Last, turn.Outcome, turn.Reply?.Text));
            }
        }
    }

    public void ConversationFaulted(ParticipantId persona, string reason) =>
        throw new InvalidOperationException($"the conversation of {persona} failed: {reason}");

    private async Task<ConductResult> PlayAsync(CancellationToken cancel)
    {
        await using var log = new InMemoryRoomLog(keepEvents: false);
        await using var hosted = await HostedRoom.StartAsync(Parts(log), cancel);
        var visitor = VisitorOf(_case);
        for (var i = 0; i < _case.Said.Count; i++)
        {
            _answer = DecisionText.Write(new Decision.Speak(_case.Said[i]), _case.Protocol);
            await SayAsync(hosted.Room, visitor, $"{_card.Name}, tell us the {i + 1}. thing?", cancel);
        }

        _answer = _case.Raw;
        var asked = await SayAsync(hosted.Room, visitor, _case.Ask ?? $"{_card.Name}, what do you think?", cancel);
        _isAfter = true;
        _answer = null;
        await SayAsync(hosted.Room, visitor, "And what else is there to say?", cancel);
        lock (_watching)
        {
            var (_, outcome, reply) = _turns.First(turn => turn.Last == asked);
            return new(_case, outcome, reply, _framing, _prompts);
        }
    }

    /// <summary>A name that nobody of the case has.</summary>
    private static string VisitorOf(ConductCase one)
    {
        var taken = new HashSet<string>(one.Roster, StringComparer.OrdinalIgnoreCase) { one.Persona };
        return Enumerable.Range(1, taken.Count + 1).Select(static number => number == 1 ? "Guest" : $"Guest {number}").First(name => !taken.Contains(name));
    }

    private HostedRoomParts Parts(IRoomLog log)
    {
        var models = new ModelRegistry(new ModelDescriptor(Model, HardwareTier.Remote.ContextCap, _case.Protocol));
        var cards = _case.Roster.Select(name => new PersonaCard(name)).Where(card => card.Id != _card.Id).DistinctBy(card => card.Id).Prepend(_card);
        var (subject, others) = (new OpenChatClient(AnswerAsSubject), new OpenChatClient(AnswerAsOther));
        return new()
        {
            Room = new("conduct"),
            Rules = new() { Floor = Everyone.PolicyName },
            Plans = [.. cards.Select(card => new PersonaPlan(card, models.BuildProfile(card, Model, HardwareTier.Remote, 50)))],
            Factory = ScriptedAdapterFactory.Custom(profile => profile.Persona == _card.Id ? subject : others),
            Log = log,
            Observer = this,
        };
    }

    private void AnswerAsSubject(OpenCall call)
    {
        Note(call, isSubject: true);

        // What a persona says to a persona is not the case's matter: only the visitor's words get the scripted answer.
        call.Complete(_answer is { } answer && call.Offer!.Newest.Kind == AuthorKind.Human ? answer : _silence);
    }

    private void AnswerAsOther(OpenCall call)
    {
        Note(call, isSubject: false);
        call.Complete(_silence);
    }

    private void Note(OpenCall call, bool isSubject)
    {
        lock (_watching)
        {
            var messages = call.Messages.ToArray();
            if (isSubject && _framing.Length == 0)
            {
                _framing = string.Join('\n', messages.Where(m => m.Role == ChatRole.System).Select(m => m.Text));
            }

            if (_isAfter || (!isSubject && call.Offer!.Newest.Author == _card.Id))
            {
                _prompts.Add(messages);
            }
        }
    }

    /// <summary>The number of the newest message that a person wrote: personas may have answered it by the time of the look.</summary>
    internal static long LastOfAPerson(RoomState state)
    {
        var seq = state.Transcript.LastSeq;
        while (state.Transcript[seq].Kind != AuthorKind.Human)
        {
            seq--;
        }

        return seq;
    }

    private static async Task<long> SayAsync(Room room, string visitor, string text, CancellationToken cancel)
    {
        if (await room.PostAsync(Post.ByHuman(visitor, text), cancel) is not Receipt.Accepted)
        {
            throw new InvalidOperationException("the room did not take the visitor's words");
        }

        await room.WhenQuietAsync(cancel);
        return await room.LookAsync(LastOfAPerson);
    }
}
