using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Models;
using Polyphony.Hosting;
using Polyphony.Personas;
using Polyphony.Rooms;
using Spectre.Console;

namespace Polyphony.Cli.Replay;

/// <summary>What <c>polyphony replay</c> does.</summary>
internal static class ReplayBody
{
    private const string RoomName = "replay";

    public static async Task<int> RunAsync(ReplayOptions options, CommandConsole console, CancellationToken cancel)
    {
        // Read to the end before anything is posted: unusable input leaves nothing half done.
        var log = new ChatLog(options.File, options.Format);
        var tally = await log.CheckAsync(options.Strict, cancel);
        var cards = PersonaGenerator.Fill([.. LiveRoom.ReadCards(options.Room).Take(options.Personas)], options.Personas);
        await using var otlp = OtlpSession.Open(console);
        await using var probes = await ProbeSession.OpenAsync(options.Room.Probes, console);
        await using var capture = await CaptureSession.OpenAsync(options.Room.Capture, console);
        await using var live = await LiveRoom.OpenAsync(
            options.Room, RoomName, cards, inTurnOrder: options.Speed == ReplaySpeed.Max, probes.Logger, capture.Turns, console.Error, cancel);
        await probes.TellAsync();
        await console.Error.WriteLineAsync(live.Notice);
        await console.Error.WriteLineAsync(live.AnalysisNotice);
        foreach (var skipped in tally.FirstSkipped)
        {
            await console.Error.WriteLineAsync($"{Quoted.OneLine(options.File)}:{skipped.Line} was skipped: {skipped.Reason}");
        }

        foreach (var error in live.Hosted.Errors)
        {
            await console.Error.WriteLineAsync(Quoted.OneLine($"{error.Persona} is not here ({error.GetType().Name}): {error.Reason}"));
        }

        // Into a room where nobody is, nothing is posted: it would be history for those who come later, and never answered.
        var duplicates = live.Hosted.Personas.Any()
            ? await WithProgressAsync(options, console, tally.Messages, step => FeedAsync(log, options, live.Hosted, step, cancel))
            : 0;
        await live.Room.WhenQuietAsync(cancel);
        var report = new ReplayReport
        {
            Options = options,
            Tally = tally,
            Duplicates = duplicates,
            Accounts = await live.Hosted.AccountsAsync(),
            Serve = live.Hosted.Report!,
            Personas = live.Hosted.Personas.Count(),
        };
        await console.Output.WriteLineAsync(options.Json ? JsonReport.Text(report.ToJson()) : ReplayTable.Text(report, console));
        return report.Held && report.Personas == options.Personas ? ExitCodes.Held : ExitCodes.DidNotHold;
    }

    /// <returns>How many messages were in the room already.</returns>
    private static async Task<long> FeedAsync(ChatLog log, ReplayOptions options, HostedRoom hosted, Action step, CancellationToken cancel)
    {
        var room = hosted.Room;
        var pace = new RecordedPace();
        var name = Path.GetFileName(options.File);
        long duplicates = 0;
        await foreach (var line in log.ReadAsync(options.Strict, cancel))
        {
            if (line is not ChatLine.Said said)
            {
                continue;
            }

            if (options.Speed == ReplaySpeed.Real)
            {
                await Task.Delay(pace.GapBefore(said.At), TimeProvider.System, cancel);
            }

            var post = Post.ByHuman(said.Author, said.Text) with
            {
                Id = new(said.Id ?? IdOf(said, name)),
                ReplyTo = said.ReplyTo is { } replyTo ? new MessageId(replyTo) : null,
            };
            var receipt = await room.PostAsync(post, cancel);
            while (receipt is Receipt.Refused { Rule: "overloaded" })
            {
                // The record is faster than the room: it waits, and nothing of it is lost.
                await room.WhenQuietAsync(cancel);
                receipt = await room.PostAsync(post, cancel);
            }

            duplicates += receipt is Receipt.AlreadyPosted ? 1 : 0;
            if (receipt is Receipt.Refused refused)
            {
                throw new LateInputException(new($"{name}:{said.Line}", $"the room does not take it ({refused.Rule}): {refused.Reason}"));
            }

            if (options.Speed == ReplaySpeed.Max)
            {
                // What is remembered belongs to what repeats.
                await hosted.WhenSettledAsync(cancel);
            }

            step();
        }

        return duplicates;
    }

    /// <summary>
    /// The place in the file and what stands there, so that a replay that was cut short can be run again into the same room, and another file of the same name as well.
    /// </summary>
    private static string IdOf(ChatLine.Said said, string name)
    {
        var what = SHA256.HashData(Encoding.UTF8.GetBytes($"{said.At}\n{said.Author}\n{said.Text}"));
        return string.Create(CultureInfo.InvariantCulture, $"log:{name}:{said.Line}:{Convert.ToHexStringLower(what.AsSpan(0, 6))}");
    }

    private static async Task<long> WithProgressAsync(ReplayOptions options, CommandConsole console, long messages, Func<Action, Task<long>> feed)
    {
        if (!console.ErrorIsTerminal)
        {
            return await feed(static () => { });
        }

        var terminal = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(console.Error) });
        return await terminal.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var task = progress.AddTask(Markup.Escape(Quoted.OneLine(Path.GetFileName(options.File))), maxValue: Math.Max(1, messages));
            return await feed(() => task.Increment(1));
        });
    }
}
