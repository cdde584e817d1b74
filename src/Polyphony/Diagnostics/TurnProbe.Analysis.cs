using System.ComponentModel;
using Microsoft.Extensions.Logging;
using Polyphony.Analysis;

namespace Polyphony.Diagnostics;

// What the shared analysis gave this turn, in the manner of TurnProbe.Log.cs.
internal sealed partial class TurnProbe
{
    public void AngleFound(bool fromCache, AnalysisOutcome outcome, TimeSpan took, string angle)
    {
        var (ms, intent) = (took.TotalMilliseconds, NameOf(outcome.Analysis?.Intent ?? MessageIntent.Other));
        if (WantsContent)
        {
            AngleGivenSensitive(fromCache, outcome.Model, ms, outcome.Angles, angle.Length > 0, angle.Length, intent, angle);
        }
        else
        {
            AngleGiven(fromCache, outcome.Model, ms, outcome.Angles, angle.Length > 0, angle.Length, intent);
        }
    }

    internal static string NameOf(MessageIntent intent) => intent switch
    {
        MessageIntent.Question => "question",
        MessageIntent.Request => "request",
        MessageIntent.Statement => "statement",
        MessageIntent.Task => "task",
        MessageIntent.Social => "social",
        _ => "other",
    };

    [Description("What the shared analysis gave the persona; suggested_angles_count is 0 where it failed.")]
    [LoggerMessage(151, LogLevel.Debug, "an angle of {matchedAngleLen} characters, from a {intent}", EventName = ProbeClasses.AnalyzeResult)]
    private partial void AngleGiven(bool fromCache, string modelUsed, double analyzeDurationMs, int suggestedAnglesCount, bool matchedAnglePresent, int matchedAngleLen, string intent);

    [LoggerMessage(152, LogLevel.Trace, "an angle of {matchedAngleLen} characters, from a {intent}", EventName = ProbeClasses.AnalyzeResult)]
    private partial void AngleGivenSensitive(
        bool fromCache, string modelUsed, double analyzeDurationMs, int suggestedAnglesCount, bool matchedAnglePresent, int matchedAngleLen, string intent, string matchedAngle);
}
