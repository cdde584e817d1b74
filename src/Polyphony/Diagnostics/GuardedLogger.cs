using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Polyphony.Diagnostics;

/// <summary>Somebody else's logger, from which a fault never reaches the flow: a probe that throws is counted as <c>polyphony.probes.failed</c>, and the turn goes on.</summary>
internal sealed class GuardedLogger : ILogger
{
    private readonly ILogger _inner;

    private GuardedLogger(ILogger inner) => _inner = inner;

    /// <summary>The logger, guarded where it is not ours.</summary>
    public static ILogger Around(ILogger? logger) =>
        logger is null or NullLogger ? NullLogger.Instance
        : logger is GuardedLogger or ProbeHub.HubLogger ? logger
        : new GuardedLogger(logger);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    [SuppressMessage("Design", "CA1031", Justification = "Foreign code at every seam: whatever it throws is counted and must not touch the turn.")]
    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return _inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            Instruments.ProbeFailed();
            return false;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "As above.")]
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            _inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            Instruments.ProbeFailed();
        }
    }
}
