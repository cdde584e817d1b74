using System.Diagnostics;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Prompting;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Capture;

/// <summary>What is seen of one turn while it runs. Exists only where turns are captured; used by one turn.</summary>
/// <param name="endsAtPrompt">Whether the turn ends where the model would be called.</param>
internal sealed class TurnTape(bool endsAtPrompt)
{
    private readonly List<CapturedCall> _calls = [];
    private IReadOnlyList<CapturedMessage> _sent = [];
    private IReadOnlyList<CapturedMessage>? _added;
    private CapturedOptions? _options;
    private CapturedDecision? _decision;
    private PromptPlan? _plan;
    private long _asked;

    /// <summary>Whether the turn ends where the model would be called.</summary>
    public bool EndsAtPrompt => endsAtPrompt;

    /// <summary>The budgets are dealt out.</summary>
    public void Planned(PromptPlan plan) => _plan = plan;

    /// <summary>A call begins.</summary>
    public void Asks(ChatMessage[] messages, ChatOptions options)
    {
        if (_options is null)
        {
            (_sent, _added) = (CapturedTurnCodec.Captured(messages), []);
            _options = new(options.MaxOutputTokens, options.Temperature, FormatOf(options.ResponseFormat));
        }
        else
        {
            _added = CapturedTurnCodec.Captured(messages.Skip(_sent.Count));
        }

        _asked = Stopwatch.GetTimestamp();
        if (endsAtPrompt)
        {
            throw new NotSupportedException("an x-ray asks no model");
        }
    }

    /// <summary>The call ended with an answer.</summary>
    public void Answered(string text) => EndCall(text);

    public void Decided(Decision decision) => _decision = decision switch
    {
        Decision.Speak speak => new("speak", speak.Text),
        Decision.Pass pass => new("pass", pass.Reason),
        _ => null,
    };

    /// <summary>The whole turn.</summary>
    /// <param name="persona">Whose.</param>
    /// <param name="offer">What was offered.</param>
    /// <param name="clock">Its times.</param>
    /// <param name="outcome">What became of it; null where it was ended from outside.</param>
    public CapturedTurn End(HostedPersona persona, Offer offer, StageClock clock, TurnOutcome? outcome)
    {
        EndCall(null);
        return new()
        {
            Room = offer.Room.Value,
            Turn = offer.Turn.ToString(),
            Attempt = offer.Attempt,
            Persona = persona.Card.Name,
            PersonaId = persona.Card.Id.Value,
            First = offer.First,
            Last = offer.Last,
            Model = persona.Profile.Model,
            Layout = PromptLayouts.NameOf(persona.Profile.Layout),
            Protocol = persona.Profile.Protocol.Name,
            Options = _options,
            Messages = _sent,
            Calls = _calls,
            Decision = _decision,
            Outcome = outcome,
            Times = TimesOf(clock),
            Plan = _plan,
        };
    }

    private void EndCall(string? answer)
    {
        if (_added is { } added)
        {
            _calls.Add(new(added, answer, Stopwatch.GetElapsedTime(_asked).TotalMilliseconds));
            _added = null;
        }
    }

    private static CapturedTimes TimesOf(StageClock clock) => new(
        MsOf(clock, TurnStage.Recall), MsOf(clock, TurnStage.Admit), Stopwatch.GetElapsedTime(0, clock.Analyzing).TotalMilliseconds, MsOf(clock, TurnStage.Compose),
        MsOf(clock, TurnStage.Assemble), MsOf(clock, TurnStage.Respond), MsOf(clock, TurnStage.Check), Stopwatch.GetElapsedTime(clock.TakenAt).TotalMilliseconds);

    private static double MsOf(StageClock clock, TurnStage stage) => clock.EndOf(stage) is > 0 and var ended
        ? Stopwatch.GetElapsedTime(stage == TurnStage.Recall ? clock.TakenAt : clock.EndOf(stage - 1), ended).TotalMilliseconds
        : 0;

    private static string? FormatOf(ChatResponseFormat? format) => format switch
    {
        ChatResponseFormatJson { Schema: not null } => "json_schema",
        ChatResponseFormatJson => "json",
        ChatResponseFormatText => "text",
        _ => null,
    };
}
