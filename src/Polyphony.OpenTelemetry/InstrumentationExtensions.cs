using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Polyphony.Diagnostics;

namespace Polyphony.OpenTelemetry;

/// <summary>Lets OpenTelemetry listen to rooms. The builders are all it needs: no exporter, processor or resource is chosen here.</summary>
/// <remarks>Nothing that people or models say is in a span or a number; <c>docs/probes.md</c> has what is. A program that does not call these pays for nothing.</remarks>
public static class InstrumentationExtensions
{
    /// <summary>
    /// Traces turns: each is a trace of its own, rooted at <c>persona.turn</c>, in which the model call is a client span of the <c>gen_ai</c> conventions. Appends to a room's
    /// log that belong to no turn are traces of one span.
    /// </summary>
    public static TracerProviderBuilder AddPolyphonyInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(Instruments.Name);
    }

    /// <summary>
    /// Counts and measures: turns by outcome, their stages, posts under way (<c>polyphony.*</c>), and model calls with their tokens (<c>gen_ai.client.*</c>).
    /// </summary>
    public static MeterProviderBuilder AddPolyphonyInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(Instruments.Name);
    }
}
