using Polyphony.Cli.Commands;
using Polyphony.Cli.Models;
using Polyphony.Rooms;

namespace Polyphony.Cli.Chat;

/// <summary>What <c>polyphony chat</c> does.</summary>
internal static class ChatBody
{
    private const int ShownOnReturn = 10;

    public static async Task<int> RunAsync(ChatOptions options, CommandConsole console, CancellationToken cancel)
    {
        var cards = LiveRoom.ReadCards(options.Room);
        var piped = console.InputIsTerminal && console.OutputIsTerminal ? null : new PipedView(console, cancel);
        await using var otlp = OtlpSession.Open(console);
        await using var probes = await ProbeSession.OpenAsync(options.Room.Probes, console);
        await using var capture = await CaptureSession.OpenAsync(options.Room.Capture, console);
        await using var live = await LiveRoom.OpenAsync(options.Room, options.RoomName, cards, inTurnOrder: false, probes.Logger, capture.Turns, console.Error, cancel);
        piped?.RequireUsableInput();
        await probes.TellAsync();
        IChatView view = piped ?? (IChatView)new TerminalView(console.Output, options.PersonName);
        var session = new ChatSession(live, view, options.PersonName);
        view.Notice(live.Notice);
        view.Notice(live.AnalysisNotice);
        foreach (var error in live.Hosted.Errors)
        {
            view.Notice($"{error.Persona} is not here ({error.GetType().Name}): {error.Reason}");
        }

        if (!live.Hosted.Personas.Any())
        {
            return ExitCodes.DidNotHold;
        }

        await ShowReturnAsync(live.Room, view, options.RoomName);
        var held = await session.RunAsync(cancel);
        return held && !live.Hosted.Errors.Any() ? ExitCodes.Held : ExitCodes.DidNotHold;
    }

    /// <summary>Says that the room has a past, and shows the end of it to a person.</summary>
    private static async Task ShowReturnAsync(Room room, IChatView view, string name)
    {
        var (lines, messages) = await room.LookAsync(state =>
        {
            var transcript = state.Transcript;
            var first = Math.Max(transcript.FirstSeq, transcript.LastSeq - ShownOnReturn + 1);
            var shown = new List<(string, bool, string)>();
            for (var seq = first; seq <= transcript.LastSeq; seq++)
            {
                shown.Add((state.Roster.NameOf(transcript[seq].Author), transcript[seq].Kind == AuthorKind.Persona, transcript[seq].Text));
            }

            return (shown, state.Messages);
        });
        if (messages == 0)
        {
            return;
        }

        view.Notice($"The room '{name}' goes on; {messages} messages were said in it.");
        foreach (var (author, isPersona, text) in lines)
        {
            view.Past(author, isPersona, text);
        }
    }
}
