using System.Threading.Channels;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Models;
using Polyphony.Cli.Prompts;
using Polyphony.Rooms;

namespace Polyphony.Cli.Chat;

/// <summary>One person's conversation with a room: their lines go in, what happens comes out.</summary>
internal sealed class ChatSession(LiveRoom live, IChatView view, string person)
{
    private const string Help = "/who shows who is here, /why why each of them spoke or stayed silent, /prompt NAME what a persona would be sent now, /quit leaves; @Name addresses somebody.";

    private const string SaidAgain = "near-duplicate";

    private readonly Dictionary<ParticipantId, string> _names = [];
    private bool _held = true;

    /// <summary>Talks until the input ends and the room is quiet, or the person leaves.</summary>
    /// <returns>Whether every turn held: none failed, none ran out of time.</returns>
    /// <exception cref="OutputException">What happens can no longer be shown. The talk has ended: nobody goes on unseen.</exception>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        await LearnNamesAsync();
        using var subscription = live.Room.Subscribe();
        using var talk = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var showing = ShowAsync(subscription.Signals, talk);
        view.Notice(Help);
        try
        {
            await TalkAsync(talk.Token);
        }
        finally
        {
            // If the showing failed, that is what the talk ended of, and what is thrown.
            await live.Hosted.DisposeAsync();
            await showing;
        }

        return _held;
    }

    private async Task TalkAsync(CancellationToken cancel)
    {
        await foreach (var line in view.LinesAsync(cancel))
        {
            if (view.WaitsForQuiet)
            {
                await live.Room.WhenQuietAsync(cancel);
            }

            if (line == "/quit")
            {
                return;
            }

            await TakeAsync(line, cancel);
        }

        await live.Room.WhenQuietAsync(cancel);
    }

    private async Task TakeAsync(string line, CancellationToken cancel)
    {
        switch (line)
        {
            case "/who":
                view.Notice(await live.Room.LookAsync(Who));
                break;
            case "/why":
                foreach (var (name, why) in await live.Room.LookAsync(RoomReasons.Of))
                {
                    view.Notice($"{name} {why}{TailOf(name)}");
                }

                break;
            case ['/', 'p', 'r', 'o', 'm', 'p', 't', ' ', .. var name]:
                await ShowPromptAsync(name.Trim());
                break;
            case "/help":
                view.Notice(Help);
                break;
            case ['/', not '/', ..]:
                view.Notice($"There is no {line.Split(' ')[0]}. {Help} To say a line that begins with /, double it.");
                break;
            default:
                if (line.Trim().Length > 0)
                {
                    await SayAsync(line.StartsWith("//", StringComparison.Ordinal) ? line[1..] : line, cancel);
                }

                break;
        }
    }

    /// <summary>What was the persona's own in its last prompt: a turn costs that much beside what the room shares.</summary>
    private string TailOf(string name) => live.Hosted.Personas.FirstOrDefault(p => p.Card.Name == name)?.LastTail is { } tail
        ? $" [its own in the last prompt: cue {tail.CueTokens}, depth {tail.DepthTokens} tokens]"
        : "";

    private async Task ShowPromptAsync(string name)
    {
        if (live.Hosted.Personas.FirstOrDefault(p => string.Equals(p.Card.Name, name.TrimStart('@'), StringComparison.OrdinalIgnoreCase)) is not { } persona)
        {
            view.Notice($"There is no persona {name}; there are: {string.Join(", ", live.Hosted.Personas.Select(p => p.Card.Name))}.");
            return;
        }

        if (await live.Hosted.LookAsync(persona.Card.Id) is not var (sight, ground))
        {
            view.Notice("Nobody has said anything to answer yet.");
            return;
        }

        var report = new PromptReport(sight, persona.Profile, ground);
        foreach (var line in report.ToText().Split('\n'))
        {
            view.Notice(line.TrimEnd('\r'));
        }
    }

    private async Task SayAsync(string text, CancellationToken cancel)
    {
        if (await live.Room.PostAsync(Post.ByHuman(person, text), cancel) is Receipt.Refused refused)
        {
            _held = false;
            view.Notice($"The room did not take that ({refused.Rule}): {refused.Reason}");
        }
    }

    private static string Who(RoomState state)
    {
        var here = state.Roster.Participants
            .Where(p => p.Kind != AuthorKind.Persona || (state.TryGetSeat(p.Id, out var seat) && seat.Present))
            .OrderBy(p => p.Kind)
            .ThenBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => p.Kind == AuthorKind.Persona ? p.Name : $"{p.Name} ({p.Kind.ToString().ToLowerInvariant()})");
        return $"Here: {string.Join(", ", here)}. Floor: {state.Floor.Name}.";
    }

    private async Task LearnNamesAsync()
    {
        foreach (var participant in await live.Room.LookAsync(state => state.Roster.Participants.ToArray()))
        {
            _names[participant.Id] = participant.Name;
        }
    }

    private async Task ShowAsync(ChannelReader<RoomSignal> signals, CancellationTokenSource talk)
    {
        try
        {
            await ShowAsync(signals);
        }
        catch
        {
            await talk.CancelAsync();
            throw;
        }
    }

    private async Task ShowAsync(ChannelReader<RoomSignal> signals)
    {
        await foreach (var signal in signals.ReadAllAsync())
        {
            switch (signal)
            {
                case RoomSignal.Published { Event: ParticipantJoined joined }:
                    // Not the event's: a name that somebody else has got a number in the room.
                    _names[joined.Id] = await live.Room.LookAsync(state => state.Roster.NameOf(joined.Id));
                    break;
                case RoomSignal.Published { Event: MessagePosted { Message: var message } }:
                    view.Said(NameOf(message.Author), false, message.Text);
                    break;
                case RoomSignal.Published { Event: TurnClosed closed }:
                    Show(closed);
                    break;
                case RoomSignal.Draft draft:
                    view.Draft(NameOf(draft.Persona), draft.Words);
                    break;
            }
        }
    }

    private void Show(TurnClosed closed)
    {
        view.Draft(NameOf(closed.Persona), null);
        if (closed.Reply is { } reply)
        {
            view.Said(NameOf(closed.Persona), true, reply.Text);
        }
        else if (closed.Outcome is TurnOutcome.Refused { Rule: SaidAgain } again)
        {
            // How an exchange ends that has nothing new in it: to be told, and no failure.
            view.Notice($"{NameOf(closed.Persona)} kept it to itself: {again.Reason}");
        }
        else if (closed.Outcome is TurnOutcome.Failed or TurnOutcome.TimedOut or TurnOutcome.Refused)
        {
            _held = false;
            view.Notice($"{NameOf(closed.Persona)} could not answer. {closed.Outcome.GetType().Name}: {closed.Outcome.Why}");
        }
    }

    private string NameOf(ParticipantId id) => _names.GetValueOrDefault(id, id.Value);
}
