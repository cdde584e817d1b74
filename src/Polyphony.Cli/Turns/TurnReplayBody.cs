using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.AI;
using Polyphony.Capture;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Models;
using Polyphony.Inference.Protocols;
using Polyphony.Turns;

namespace Polyphony.Cli.Turns;

/// <summary>What <c>polyphony turn replay</c> does: one model call with the recorded messages. An answer that cannot be read is shown as it is, and not asked to be mended.</summary>
internal static class TurnReplayBody
{
    private const int MostSystemBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(TurnReplayOptions options, CommandConsole console, CancellationToken cancel)
    {
        var recorded = Find(options);
        if (recorded.Messages.Count == 0)
        {
            throw new UsageException(options.Turn, $"it ended before its model was called ({recorded.Outcome?.GetType().Name ?? "no outcome"}); name another turn");
        }

        var protocol = ProtocolOf(options, recorded);
        var messages = options.System is { } system ? WithSystem(recorded.Messages, SystemText(system)) : recorded.Messages;
        using var server = Mind.ServerOf(options.Endpoint);
        var replayed = await AskAsync(server.Client, options.Endpoint.Model, protocol, recorded, messages, cancel);
        var report = new TurnReplayReport(recorded, replayed);
        await console.Output.WriteLineAsync(options.Json ? JsonReport.Text(report.ToJson()) : report.ToText());
        return replayed.Decision is null ? ExitCodes.DidNotHold : ExitCodes.Held;
    }

    /// <summary>The last such turn of the file: a file may hold several runs, and a turn several attempts.</summary>
    private static CapturedTurn Find(TurnReplayOptions options)
    {
        CapturedTurn? found = null;
        var rooms = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            if (Pipes.IsOne(options.Capture))
            {
                throw new UsageException(options.Capture, "it is a pipe; save what comes out of it to a file first");
            }

            foreach (var turn in TurnCaptureReader.Read(options.Capture))
            {
                if (turn.Turn == options.Turn && (options.Room ?? turn.Room) == turn.Room && (options.Attempt ?? turn.Attempt) == turn.Attempt)
                {
                    found = turn;
                    rooms.Add(turn.Room);
                }
            }
        }
        catch (CaptureFileException unusable)
        {
            throw new UsageException(options.Capture, unusable.Message, unusable);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(options.Capture, $"it cannot be read ({unreadable.Message}); check the file and the disk", unreadable);
        }

        if (rooms.Count > 1)
        {
            throw new UsageException("--room", $"{options.Turn} stands in several rooms ({Quoted.Few(rooms)}); name one");
        }

        return found ?? throw new UsageException(
            options.Turn,
            $"there is no such turn in {Quoted.Of(options.Capture)}{(options.Room is { } room ? $" in the room {Quoted.Of(room)}" : "")}"
            + $"{(options.Attempt is { } attempt ? $" with the attempt {attempt}" : "")}; name one that was captured");
    }

    private static IDecisionProtocol ProtocolOf(TurnReplayOptions options, CapturedTurn recorded)
    {
        var name = options.Protocol ?? recorded.Protocol;
        return DecisionProtocols.Names.Contains(name)
            ? DecisionProtocols.Find(name)
            : throw new UsageException("--protocol", $"the turn was read with {Quoted.Of(name)}, which is not known here; choose one of: {string.Join(", ", DecisionProtocols.Names)}");
    }

    private static string SystemText(string path)
    {
        try
        {
            if (Pipes.IsOne(path))
            {
                throw new UsageException("--system", $"{Quoted.Of(path)} is a pipe; save what comes out of it to a file first");
            }

            // Read to see how long it is: a device tells no length.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[MostSystemBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MostSystemBytes)
            {
                throw new UsageException("--system", $"{Quoted.Of(path)} is larger than {MostSystemBytes / 1024 / 1024} MiB, which no window takes; name a smaller file");
            }

            // An editor ends the last line; a prompt has no such end.
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, length).TrimStart('\ufeff').TrimEnd('\r', '\n');
        }
        catch (ArgumentException notText)
        {
            throw new UsageException("--system", $"{Quoted.Of(path)} is not valid UTF-8; save it as UTF-8", notText);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException("--system", $"{Quoted.Of(path)} cannot be read ({unreadable.Message}); name another file", unreadable);
        }
    }

    private static IReadOnlyList<CapturedMessage> WithSystem(IReadOnlyList<CapturedMessage> messages, string text)
    {
        var system = messages.FirstOrDefault(m => m.Role == ChatRole.System.Value)
            ?? throw new UsageException("--system", "the recorded prompt has no system message to stand in for; leave the flag out");
        return [.. messages.Select(m => ReferenceEquals(m, system) ? m with { Text = text } : m)];
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a server answers, and however it fails, is what this command is asked to show.")]
    private static async Task<ReplayedTurn> AskAsync(
        IChatClient client, string model, IDecisionProtocol protocol, CapturedTurn recorded, IReadOnlyList<CapturedMessage> messages, CancellationToken cancel)
    {
        var sent = messages.Select(static m => new ChatMessage(new(m.Role), m.Text)).ToArray();
        var options = new Microsoft.Extensions.AI.ChatOptions
        {
            ModelId = model,
            MaxOutputTokens = recorded.Options?.MaxOutputTokens,
            Temperature = recorded.Options?.Temperature,
        };
        protocol.Ask(options);
        var digest = CapturedTurnCodec.DigestOf(CapturedTurnCodec.Captured(sent));
        var began = TimeProvider.System.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        var answer = new StringBuilder();
        var calls = new List<FunctionCallContent>();
        ChatFinishReason? finish = null;
        string? error = null;
        try
        {
            await foreach (var update in client.GetStreamingResponseAsync(sent, options, limit.Token))
            {
                answer.Append(update.Text);
                calls.AddRange(update.Contents.OfType<FunctionCallContent>());
                finish = update.FinishReason ?? finish;
                if (answer.Length > TurnPipeline.AnswerLimit)
                {
                    throw new InvalidDataException($"the model wrote more than {TurnPipeline.AnswerLimit} characters");
                }
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            error = $"no answer within {Patience.TotalSeconds:0} s";
        }
        catch (Exception broken) when (!cancel.IsCancellationRequested)
        {
            error = broken.Message.ReplaceLineEndings(" ");
        }

        var took = TimeProvider.System.GetElapsedTime(began);
        if (error is not null)
        {
            return new(model, protocol.Name, null, null, error, digest, took);
        }

        var whole = ModelAnswer.Of(answer.ToString(), recorded.Persona) with { ToolCalls = calls, FinishReason = finish };
        return protocol.TryRead(whole, out var decision, out var whyNot)
            ? new(model, protocol.Name, answer.ToString(), decision, null, digest, took)
            : new(model, protocol.Name, answer.ToString(), null, $"the answer fits no decision: {whyNot}", digest, took);
    }
}
