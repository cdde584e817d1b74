using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Tests.Commands;

public sealed class OtlpTargetTests
{
    private const string Address = "http://127.0.0.1:4317";

    [Theory]
    [InlineData(true, true, OtlpTarget.EndpointVariable)]
    [InlineData(true, false, OtlpTarget.TracesVariable)]
    [InlineData(false, true, OtlpTarget.MetricsVariable)]
    [InlineData(true, true, OtlpTarget.TracesVariable, OtlpTarget.MetricsVariable)]
    [InlineData(true, true, OtlpTarget.EndpointVariable, OtlpTarget.MetricsVariable)]
    public void What_has_an_address_is_exported(bool traces, bool metrics, params string[] variables) =>
        Of([.. variables.Select(variable => (variable, Address))]).ShouldBe(new OtlpTarget(traces, metrics, string.Join(", ", variables)));

    [Fact]
    public void Nothing_is_exported_where_no_address_is_set_or_OpenTelemetry_is_off()
    {
        Of().ShouldBeNull();
        Of((OtlpTarget.EndpointVariable, " ")).ShouldBeNull("empty is unset");
        Of(("OTEL_EXPORTER_OTLP_PROTOCOL", "nonsense")).ShouldBeNull("what does not run needs no protocol");
        Of((OtlpTarget.EndpointVariable, Address), ("OTEL_SDK_DISABLED", "true")).ShouldBeNull();
    }

    [Theory]
    [InlineData(OtlpTarget.EndpointVariable, "localhost:4317")]
    [InlineData(OtlpTarget.EndpointVariable, "ftp://127.0.0.1/")]
    [InlineData(OtlpTarget.TracesVariable, "4317")]
    [InlineData(OtlpTarget.MetricsVariable, "not an address")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "GRPC")]
    public void A_value_that_the_exporter_would_pass_over_is_refused_with_the_name_of_its_variable(string variable, string value)
    {
        // What this catches: traces that go to a default address, or by a default protocol, because of a slip of the pen.
        (string, string)[] environment = variable == OtlpTarget.EndpointVariable ? [(variable, value)] : [(OtlpTarget.EndpointVariable, Address), (variable, value)];

        Should.Throw<UsageException>(() => Of(environment)).Message.ShouldStartWith($"{variable}: ");
    }

    private static OtlpTarget? Of(params (string Name, string Value)[] environment) =>
        OtlpTarget.Of(name => environment.FirstOrDefault(variable => variable.Name == name).Value);
}
