using System.Diagnostics.Tracing;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Models;

/// <summary>
/// Hears what the exporter tells of itself, and tells a person the first failure in one line: a collector that is not there must not end a chat, and its user must
/// not look for traces that never arrived.
/// </summary>
internal sealed class OtlpFailures : EventListener
{
    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";
    private const string Sdk = "OpenTelemetry-Sdk";

    // Warnings of the exporter that mean that something was not sent; its errors all do.
    private const int Transient = 16;
    private const int Canceled = 18;
    private const int TimedOut = 19;

    // The SDK's count of spans that found no room in its queue, told at its end.
    private const int Dropped = 32;

    private readonly CommandConsole _console;
    private readonly OtlpTarget _target;
    private int _told;

    public OtlpFailures(CommandConsole console, OtlpTarget target)
    {
        _console = console;
        _target = target;
    }

    /// <summary>The collector had not taken everything when the command's patience ended.</summary>
    public void TellLate(TimeSpan patience) => TellOnce($"the collector had not taken everything {patience.TotalSeconds:0} s after the end");

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name is Exporter or Sdk)
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        switch (eventData.EventSource.Name, eventData.Level, eventData.EventId)
        {
            case (Exporter, EventLevel.Error, _):
            case (Exporter, _, Transient or Canceled or TimedOut):
                TellOnce($"the collector did not take what was sent ({ReasonOf(eventData)})");
                break;
            case (Sdk, _, Dropped):
                Tell($"{eventData.Payload?[^1]} spans were lost: they came faster than the collector took them");
                break;
        }
    }

    /// <summary>The first line of what broke, which the exporter gives last, without the name of its type.</summary>
    private static string ReasonOf(EventWrittenEventArgs eventData)
    {
        var reason = eventData.Payload?.OfType<string>().LastOrDefault() ?? eventData.EventName ?? "no reason given";
        reason = reason.AsSpan()[..(reason.IndexOfAny(['\r', '\n']) is >= 0 and var end ? end : reason.Length)].ToString();
        return reason.IndexOf("Exception: ", StringComparison.Ordinal) is >= 0 and var type ? reason[(type + "Exception: ".Length)..] : reason;
    }

    private void TellOnce(string what)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            Tell($"{what}; check what listens there, and OTEL_EXPORTER_OTLP_PROTOCOL. Nothing else is touched by this.");
        }
    }

    private void Tell(string what)
    {
        try
        {
            _console.Error.WriteLine(Quoted.OneLine($"{_target.Variables}: {what}"));
        }
        catch (Exception nobodyListens) when (nobodyListens is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Standard error is closed or full, and no command ends for that.
        }
    }
}
