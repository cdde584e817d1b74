using Microsoft.Extensions.AI;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Polyphony.Diagnostics;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.OpenTelemetry;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Samples.OtlpWaterfall;

// Turns as traces. Where OTEL_EXPORTER_OTLP_ENDPOINT names a viewer they go there; where it does not, this program is its own viewer.
const string Service = "two-voices";
var viewer = Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT");
using var own = string.IsNullOrWhiteSpace(viewer) ? new OtlpCollector() : null;

using var traces = Sdk.CreateTracerProviderBuilder()
    .ConfigureResource(static resource => resource.AddService(Service))
    .AddPolyphonyInstrumentation()
    .AddOtlpExporter(options => SendTo(own, "v1/traces", options))
    .Build();
using var metrics = Sdk.CreateMeterProviderBuilder()
    .ConfigureResource(static resource => resource.AddService(Service))
    .AddPolyphonyInstrumentation()
    .AddOtlpExporter(options => SendTo(own, "v1/metrics", options))
    .Build();

PersonaCard[] cards =
[
    new("Brix") { Description = "A bricklayer.", ExampleLines = ["A wall is a slow conversation with gravity, and gravity never hurries."] },
    new("Alma") { Description = "A gardener.", ExampleLines = ["Plant the beans against the wall; it keeps the day's warmth for them."] },
];
var models = new ModelRegistry(new ModelDescriptor(CardChatClient.Name, ContextTokens: 8_192, PassWordProtocol.Instance));
await using (var log = new InMemoryRoomLog())
{
    await using var hosted = await HostedRoom.StartAsync(new()
    {
        Room = new("garden"),
        Rules = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false },
        Plans = [.. cards.Select(card => new PersonaPlan(card, models.BuildProfile(card, CardChatClient.Name, HardwareTier.Cpu, historyMessages: 20)))],
        Factory = new SlowMinds(cards),
        Log = log,
    });
    await hosted.Room.PostAsync(Post.ByHuman("Guest", "What would you do with that old wall?"));
    await hosted.Room.WhenQuietAsync();
}

// What is flushed has been answered, so the viewer has it.
traces.ForceFlush();
metrics.ForceFlush();
if (own is null)
{
    Console.WriteLine($"Sent to {viewer}: look there for the traces of the service '{Service}' named {ProbeSeams.Turn}.");
    return;
}

var turns = own.Spans.GroupBy(span => span.TraceId).Select(trace => (Root: trace.FirstOrDefault(span => span.Name == ProbeSeams.Turn), Spans: trace.ToList()));
foreach (var (root, spans) in turns.Where(turn => turn.Root is not null).OrderBy(turn => (string?)turn.Root!.Attributes["polyphony.persona"], StringComparer.Ordinal))
{
    var about = root!.Attributes;
    Console.WriteLine($"{about["polyphony.persona"]}, turn {about["polyphony.turn"]} in {about["polyphony.room"]}, to message {about["polyphony.seq"]}: {about["polyphony.outcome"]}");
    Console.WriteLine(Waterfall.Of(spans));
}

Console.WriteLine($"With these numbers: {string.Join(", ", own.Metrics.Select(metric => metric.Name).Distinct().Order(StringComparer.Ordinal))}.");

// A viewer of one's own is told to the exporter here; any other, by the standard variables, which the exporter reads itself.
static void SendTo(OtlpCollector? own, string path, OtlpExporterOptions options)
{
    if (own is not null)
    {
        (options.Endpoint, options.Protocol) = (new(own.Address, path), OtlpExportProtocol.HttpProtobuf);
    }
}

internal sealed class SlowMinds(PersonaCard[] cards) : IPersonaAdapterFactory
{
    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IChatClient>(new SlowVoice(new CardChatClient(cards.Single(card => card.Id == profile.Persona))));
}
