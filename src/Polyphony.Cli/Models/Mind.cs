using System.Collections.Concurrent;
using Polyphony.Analysis;
using Polyphony.Bids;
using Polyphony.Cli.Commands;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Memory;
using Polyphony.Personas;
using Polyphony.Prompting;

namespace Polyphony.Cli.Models;

/// <summary>What the personas think with: the model that the command line names, or the mind of their own cards where it names none.</summary>
internal sealed class Mind : IDisposable
{
    private const int HistoryMessages = 50;

    private readonly ModelRegistry _models;
    private readonly string _model;
    private readonly HardwareTier _tier;

    private Mind(IPersonaAdapterFactory factory, ModelDescriptor model, HardwareTier tier, string notice, bool? analysis)
    {
        Analysis = analysis ?? tier.AnalysisOffBecause is null ? new() : null;
        AnalysisNotice = (analysis, tier.AnalysisOffBecause) switch
        {
            (true, _) => "Shared analysis is on, because --analysis says so: one more model call a message.",
            (false, _) => "Shared analysis is off, because --analysis says so.",
            (null, null) => "Shared analysis is on: one more model call a message gives each persona its angle; --analysis off switches it off.",
            (null, { } why) => $"Shared analysis is off: {why}.",
        };
        Factory = factory;
        _models = new(model);
        _model = model.Id;
        _tier = tier;
        Notice = notice;
    }

    public IPersonaAdapterFactory Factory { get; }

    /// <summary>The line that says at the start what the personas think with.</summary>
    public string Notice { get; }

    /// <summary>How messages are analysed for the whole room; null where they are not.</summary>
    public SharedAnalysisOptions? Analysis { get; }

    /// <summary>Whether the room is asked who is likely to speak before its personas are; null where everybody is asked.</summary>
    public RoomBidOptions? Bids { get; private init; }

    /// <summary>The line that says at the start whether they are, and why.</summary>
    public string AnalysisNotice { get; }

    public static Mind Of(RoomOptions options, IReadOnlyList<PersonaCard> cards)
    {
        IDecisionProtocol protocol = options.Protocol switch
        {
            DecisionProtocol.Json => JsonDecisionProtocol.Instance,
            DecisionProtocol.JsonGrammar => JsonGrammarProtocol.Instance,
            DecisionProtocol.Tools => ToolVerbProtocol.Instance,
            _ => PassWordProtocol.Instance,
        };
        if (options.ModelFile is { } file)
        {
            var local = LocalMind.Open("--model", file, cards.Count);
            IDecisionProtocol decides = options.Protocol is null ? JsonDecisionProtocol.Instance : protocol;
            var bids = BidsOf(options, cards.Count);
            var asked = bids is null ? "" : $" The {bids.Likely} likeliest to speak are asked, by one look at the room for each message; --bids off asks everybody.";
            return new(
                local, local.Describe(decides, options.Layout), HardwareTier.Cpu,
                $"The personas think with {Quoted.OneLine(local.Name)} in this process, all on one set of weights (decision protocol {decides.Name}).{asked}", options.Analysis) { Bids = bids };
        }

        if (options.Endpoint is not { } endpoint)
        {
            // The card mind looks at the offer itself, so the window only has to let every message through to it.
            var card = new ModelDescriptor(CardChatClient.Name, 4_000_000, PassWordProtocol.Instance) { Layout = options.Layout };
            return new(
                new CardAdapterFactory(cards),
                card,
                new("card", card.ContextTokens) { AnalysisOffBecause = "the card mind has no model to ask" },
                $"No model is configured: the personas speak from their cards (adapter {CardChatClient.Name}). Give them one with --endpoint URL --model NAME.",
                options.Analysis);
        }

        return new(
            ServerOf(endpoint),
            new(endpoint.Model, 8_192, protocol) { Layout = options.Layout, Tokens = ModelTokens.Of(endpoint.Model) },
            NearbyAddress.Is(endpoint.Address) ? HardwareTier.Near with { AnalysisOffBecause = $"{HardwareTier.Near.AnalysisOffBecause}: --analysis on switches it on" } : HardwareTier.Remote,
            $"The personas think with {Quoted.OneLine(endpoint.Model)} at {ShownOf(endpoint.Address)} (decision protocol {protocol.Name}).",
            options.Analysis);
    }

    private static RoomBidOptions? BidsOf(RoomOptions options, int personas)
    {
        var bids = new RoomBidOptions();
        return options.Bids ?? (options.Layout == PromptLayout.SharedTranscriptFirst && personas > bids.Likely) ? bids : null;
    }

    /// <summary>The model of an endpoint, with the key that the environment holds.</summary>
    /// <exception cref="UsageException">The key cannot be one.</exception>
    public static EndpointAdapterFactory ServerOf(ModelEndpoint endpoint)
    {
        // A key that comes from a file ends with that file's line.
        var key = Environment.GetEnvironmentVariable(EndpointAdapterFactory.KeyVariable)?.TrimEnd('\r', '\n');
        if (key is not null && key.Any(static c => c is <= ' ' or > '~'))
        {
            throw new UsageException(
                EndpointAdapterFactory.KeyVariable, "the key holds a space, a control character or one outside ASCII, which no server's key has; set it anew");
        }

        return new(endpoint.Address, endpoint.Model, key);
    }

    /// <summary>How the personas of the command remember.</summary>
    /// <param name="options">What the command line says.</param>
    /// <param name="store">Where.</param>
    /// <param name="told">Is told what fails, once for each kind.</param>
    public MemoryOptions Remembering(RoomOptions options, IEngramStore store, TextWriter told)
    {
        var faults = new ConcurrentDictionary<MemoryFaultKind, bool>();
        return new()
        {
            Store = store,
            Embeddings = options.Embeddings is { } model ? (Factory as EndpointAdapterFactory)?.EmbeddingsOf(model) : null,
            EmbeddingModel = options.Embeddings ?? "none",
            Reflects = options.Reflects,
            OnFault = fault =>
            {
                if (faults.TryAdd(fault.Kind, true))
                {
                    told.WriteLine(Quoted.OneLine($"memory: {fault.Kind} failed ({fault.Cause.GetType().Name}: {fault.Cause.Message}); turns go on"));
                }
            },
        };
    }

    public IReadOnlyList<PersonaPlan> PlansFor(IEnumerable<PersonaCard> cards) =>
        [.. cards.Select(card => new PersonaPlan(card, _models.BuildProfile(card, _model, _tier, HistoryMessages)))];

    /// <summary>The address without what may be secret in it.</summary>
    private static string ShownOf(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    public void Dispose() => (Factory as IDisposable)?.Dispose();
}
