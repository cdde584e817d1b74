namespace Polyphony.Cli.Commands;

/// <summary>
/// What is exported by OTLP, by the standard variables of OpenTelemetry. The exporter reads them itself, and the many others there are; read here is what decides
/// whether it runs at all, and what it would pass over in silence to send to an address that nobody named.
/// </summary>
/// <param name="Traces">Whether turns are exported as traces.</param>
/// <param name="Metrics">Whether numbers are exported.</param>
/// <param name="Variables">The variables that say where to, for a message.</param>
internal sealed record OtlpTarget(bool Traces, bool Metrics, string Variables)
{
    /// <summary>Where everything goes.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Where traces go, with their own path.</summary>
    public const string TracesVariable = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    /// <summary>Where metrics go, with their own path.</summary>
    public const string MetricsVariable = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";

    private static readonly string[] Protocols = ["grpc", "http/protobuf"];

    private static readonly string[] ProtocolVariables =
    [
        "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    ];

    /// <summary>The target that the environment names; null where it names none, or switches OpenTelemetry off.</summary>
    /// <exception cref="UsageException">An address or a protocol cannot be used.</exception>
    public static OtlpTarget? Of(Func<string, string?> environment)
    {
        string[] named = [.. ((string[])[EndpointVariable, TracesVariable, MetricsVariable]).Where(variable => Value(variable) is not null)];
        if (named.Length == 0 || string.Equals(Value("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        foreach (var variable in named)
        {
            Values.WebAddress(variable, Value(variable)!, example: "http://localhost:4317");
        }

        foreach (var variable in ProtocolVariables)
        {
            if (Value(variable) is { } protocol && !Protocols.Contains(protocol))
            {
                throw new UsageException(variable, $"there is no {Quoted.Of(protocol)}; choose one of: {string.Join(", ", Protocols)}");
            }
        }

        var both = named.Contains(EndpointVariable);
        return new(both || named.Contains(TracesVariable), both || named.Contains(MetricsVariable), string.Join(", ", named));

        // Empty is unset, as the specification has it.
        string? Value(string variable) => environment(variable)?.Trim() is { Length: > 0 } value ? value : null;
    }
}
