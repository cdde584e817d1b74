using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Polyphony.Cli.Commands;
using Polyphony.OpenTelemetry;

namespace Polyphony.Cli.Models;

/// <summary>The OTLP export of one command, from its start to its end: on where the standard variables name a collector. Dispose it after the room.</summary>
/// <remarks>No flag and no content: everything is configured by the variables, and what is said is in no span and in no number.</remarks>
internal sealed class OtlpSession : IAsyncDisposable
{
    /// <summary>The most that the end of a command waits for a collector: 5 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // A room of quick personas leaves a hundred thousand spans in a second, and a collector answers in milliseconds.
    private const int QueuedSpans = 32_768;
    private const string QueueVariable = "OTEL_BSP_MAX_QUEUE_SIZE";
    private const string ServiceName = "polyphony";

    private readonly OpenTelemetrySdk? _sdk;
    private readonly OtlpFailures? _failures;

    private OtlpSession(OpenTelemetrySdk? sdk, OtlpFailures? failures)
    {
        _sdk = sdk;
        _failures = failures;
    }

    /// <summary>Begins to export, where the environment says so.</summary>
    /// <exception cref="UsageException">A variable cannot be used; the message names it.</exception>
    public static OtlpSession Open(CommandConsole console)
    {
        if (OtlpTarget.Of(Environment.GetEnvironmentVariable) is not { } target)
        {
            return new(null, null);
        }

        // Before the exporter, so that it hears everything.
        var failures = new OtlpFailures(console, target);
        try
        {
            return new(OpenTelemetrySdk.Create(builder => Build(builder, target)), failures);
        }
        catch (ArgumentException unusable)
        {
            // What the exporter itself refuses: headers, for one.
            failures.Dispose();
            throw new UsageException(target.Variables, $"the export cannot begin ({unusable.Message.TrimEnd('.')}); check the variables that begin with OTEL_", unusable);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_sdk is not { } sdk)
        {
            return;
        }

        var patience = (int)Patience.TotalMilliseconds;
        var ended = await Task.WhenAll(Task.Run(() => sdk.TracerProvider.Shutdown(patience)), Task.Run(() => sdk.MeterProvider.Shutdown(patience)));
        if (Array.TrueForAll(ended, static e => e))
        {
            sdk.Dispose();
        }
        else
        {
            // To dispose what hangs would be to wait for it again; it ends with the process.
            _failures!.TellLate(Patience);
        }

        _failures!.Dispose();
    }

    private static void Build(IOpenTelemetryBuilder builder, OtlpTarget target)
    {
        builder.ConfigureResource(Describe);
        builder.WithTracing(static tracing => tracing.AddPolyphonyInstrumentation());
        builder.WithMetrics(static metrics => metrics.AddPolyphonyInstrumentation());
        if (string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(QueueVariable)))
        {
            builder.Services.Configure<ActivityExportProcessorOptions>(static options => options.BatchExportProcessorOptions.MaxQueueSize = QueuedSpans);
        }

        // This reads every variable there is, each signal's own too, and exports all signals. Those that nobody gave an address would go to a default one: they are taken out.
        builder.UseOtlpExporter();
        builder.Services.RemoveAll<LoggerProvider>();
        if (!target.Traces)
        {
            builder.Services.RemoveAll<TracerProvider>();
        }

        if (!target.Metrics)
        {
            builder.Services.RemoveAll<MeterProvider>();
        }
    }

    // The variables come last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
    private static void Describe(ResourceBuilder resource) => resource
        .Clear()
        .AddTelemetrySdk()
        .AddService(ServiceName, serviceVersion: typeof(OtlpSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
        .AddEnvironmentVariableDetector();
}
