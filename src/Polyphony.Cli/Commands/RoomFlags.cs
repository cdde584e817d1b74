using System.CommandLine;
using Polyphony.Floor;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Cli.Commands;

/// <summary>How a model says what it decides.</summary>
internal enum DecisionProtocol
{
    /// <summary>Plain text, in which the reserved word PASS means silence.</summary>
    Pass,

    /// <summary>JSON by schema.</summary>
    Json,

    /// <summary>JSON under a grammar, for servers of the llama.cpp family.</summary>
    JsonGrammar,

    /// <summary>A call of one of two tools.</summary>
    Tools,
}

/// <summary>A server that speaks the OpenAI protocol, and the model to ask there.</summary>
internal sealed record ModelEndpoint(Uri Address, string Model);

/// <summary>What the commands that hold a live room have in common.</summary>
internal sealed record RoomOptions
{
    /// <summary>Card files, or directories of them; none means the sample personas.</summary>
    public IReadOnlyList<string> Cards { get; init; } = [];

    /// <summary>The name of the floor policy.</summary>
    public string Policy { get; init; } = OneAtATime.PolicyName;

    /// <summary>Where the model is; none means the model-free mind.</summary>
    public ModelEndpoint? Endpoint { get; init; }

    /// <summary>The model's file, for the engine of this process; none where a server is asked, or nobody.</summary>
    public string? ModelFile { get; init; }

    /// <summary>How the model says what it decides; absent where the command line does not say.</summary>
    public DecisionProtocol? Protocol { get; init; }

    /// <summary>Whether messages are analysed for the whole room; absent where the command line leaves it to the model's place.</summary>
    public bool? Analysis { get; init; }

    /// <summary>Whether the room is asked who is likely to speak before its personas are; absent where the command line leaves it to the model and the room.</summary>
    public bool? Bids { get; init; }

    /// <summary>How a conversation becomes chat messages for the model.</summary>
    public PromptLayout Layout { get; init; } = PromptLayout.NamePrefixedUserTurns;

    /// <summary>What holds in the room; none where absent.</summary>
    public string? Doctrine { get; init; }

    /// <summary>Whether it is a live voice conversation.</summary>
    public bool Voice { get; init; }

    /// <summary>Where the room is kept; none means in memory.</summary>
    public string? Data { get; init; }

    /// <summary>The embedding model at the endpoint; none means that memory goes by words alone.</summary>
    public string? Embeddings { get; init; }

    /// <summary>Whether personas reflect on what they remember.</summary>
    public bool Reflects { get; init; }

    /// <summary>The file of captured turns; none means that turns are not captured.</summary>
    public string? Capture { get; init; }

    /// <summary>Where the probes go.</summary>
    public ProbeTarget Probes { get; init; } = ProbeTarget.None;
}

/// <summary>The flags for <see cref="RoomOptions"/>.</summary>
internal sealed class RoomFlags
{
    /// <summary>The flag for <see cref="RoomOptions.Data"/>.</summary>
    public const string DataFlag = "--data";

    /// <summary>The flag for <see cref="RoomOptions.Capture"/>.</summary>
    public const string CaptureFlag = "--capture";

    private static readonly (string Name, DecisionProtocol Value)[] Protocols =
        [("pass", DecisionProtocol.Pass), ("json", DecisionProtocol.Json), ("json-grammar", DecisionProtocol.JsonGrammar), ("tools", DecisionProtocol.Tools)];

    private readonly Option<string[]> _cards = new("--cards")
    {
        Description = "Card file, or directory of card files; may be given again",
        HelpName = "PATH",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _policy = new("--policy")
    {
        Description = $"Who may speak when: {string.Join(", ", FloorPolicies.Names)} (default {OneAtATime.PolicyName})",
        HelpName = "NAME",
    };

    private readonly Option<string?> _endpoint = new("--endpoint")
    {
        Description = "OpenAI-compatible server to ask, together with --model; a key comes from POLYPHONY_API_KEY",
        HelpName = "URL",
    };

    private readonly Option<string?> _model = new("--model")
    {
        Description = "Model to ask at --endpoint; without that, a GGUF file on which all personas think together in this process",
        HelpName = "NAME|FILE",
    };

    private readonly Option<string?> _protocol = new("--protocol")
    {
        Description = "How the model decides: pass (default: plain text, the word PASS is silence), json (default of a model file; by schema), json-grammar (llama.cpp servers), tools",
        HelpName = "NAME",
    };

    private readonly Option<string?> _analysis = new("--analysis")
    {
        Description = "on or off: one more model call a message gives each persona its angle (default: off where the model is on this machine or next to it)",
        HelpName = "STATE",
    };

    private readonly Option<string?> _bids = new("--bids")
    {
        Description = "on or off: the model says once a message who is likely to speak, and only they are asked (default: on for a model file with the layout shared and more than three personas)",
        HelpName = "STATE",
    };

    private readonly Option<string?> _layout = new("--layout")
    {
        Description = $"How a conversation becomes chat messages: {string.Join(", ", PromptLayouts.All.Select(static l => l.Name))} (default name-prefixed; of a model file shared)",
        HelpName = "NAME",
    };

    private readonly Option<string?> _doctrine = new("--doctrine") { Description = "Tell every persona what holds in this room: the text of FILE", HelpName = "FILE" };

    private readonly Option<bool> _voice = new("--voice") { Description = "A live voice conversation: personas speak as people talk", Arity = ArgumentArity.Zero };

    private readonly Option<string?> _data = new(DataFlag) { Description = "Keep the room in this directory; without it, in memory", HelpName = "DIR" };

    private readonly Option<string?> _embeddings = new("--embeddings")
    {
        Description = "Embedding model at --endpoint, so that memory finds what means the same; without it, by words alone",
        HelpName = "MODEL",
    };

    private readonly Option<string?> _capture = new(CaptureFlag)
    {
        Description = "Write every turn to this file, for 'polyphony turn replay'; it holds everything that is said, prompts and answers",
        HelpName = "FILE",
    };

    private readonly ProbeFlags _probes = new();

    public void AddTo(Command command)
    {
        AddSharedTo(command);
        command.Add(_policy);
        command.Add(_analysis);
        command.Add(_bids);
        command.Add(_capture);
        _probes.AddTo(command);
    }

    /// <summary>Only the flags that a prompt depends on. The others read as not given.</summary>
    public void AddPromptFlagsTo(Command command)
    {
        _data.Description = "Look at the room that chat or replay keeps in this directory; without it, at a new one";
        AddSharedTo(command);
    }

    private void AddSharedTo(Command command)
    {
        command.Add(_cards);
        command.Add(_endpoint);
        command.Add(_model);
        command.Add(_protocol);
        command.Add(_layout);
        command.Add(_doctrine);
        command.Add(_voice);
        command.Add(_data);
        command.Add(_embeddings);
    }

    public RoomOptions Read(ParseResult given) => new()
    {
        Cards = [.. (given.GetValue(_cards) ?? []).Select(path => Values.ExistingPath(_cards.Name, path))],
        Policy = given.GetValue(_policy) is { } policy
            ? Values.Choice(_policy.Name, policy, [.. FloorPolicies.Names.Select(name => (name, name))])
            : OneAtATime.PolicyName,
        Endpoint = given.GetValue(_endpoint) is { } endpoint ? EndpointOf(endpoint, given.GetValue(_model)) : null,
        ModelFile = ModelFileOf(given),
        Protocol = ReadProtocol(given),
        Analysis = ReadAnalysis(given),
        Bids = ReadBids(given),
        Layout = ReadLayout(given),
        Doctrine = given.GetValue(_doctrine) is { } doctrine ? Values.TextOf(_doctrine.Name, doctrine, RoomRules.MaxDoctrine) : null,
        Voice = given.GetValue(_voice),
        Data = given.GetValue(_data) is { } data ? Values.DirectoryToUse(_data.Name, data) : null,
        Embeddings = ReadEmbeddings(given),
        Capture = given.GetValue(_capture) is { } capture ? Values.FileToWrite(_capture.Name, capture) : null,
        Probes = _probes.Read(given),
    };

    private string? ModelFileOf(ParseResult given) =>
        given.GetValue(_endpoint) is null && given.GetValue(_model) is { } model ? ModelFile(_model.Name, model) : null;

    private DecisionProtocol? ReadProtocol(ParseResult given)
    {
        DecisionProtocol? protocol = given.GetValue(_protocol) is { } name ? Values.Choice(_protocol.Name, name, Protocols) : null;
        return protocol == DecisionProtocol.Tools && ModelFileOf(given) is not null
            ? throw new UsageException(_protocol.Name, "a model file calls no tools; choose json or pass")
            : protocol;
    }

    /// <summary>A model's file that is there.</summary>
    public static string ModelFile(string flag, string path) => File.Exists(path)
        ? Values.ExistingFile(flag, path)
        : throw new UsageException(flag, $"there is no file {Quoted.Of(path)}; name a GGUF file, or say with --endpoint URL which server has a model of that name");

    private string? ReadEmbeddings(ParseResult given) => (given.GetValue(_embeddings), given.GetValue(_endpoint)) switch
    {
        (null, _) => null,
        ({ }, null) => throw new UsageException(_embeddings.Name, "there is no server to ask for vectors; add --endpoint URL --model NAME, or leave the flag out"),
        ({ } model, _) => Values.Name(_embeddings.Name, model),
    };

    private bool? ReadAnalysis(ParseResult given)
    {
        bool? analysis = given.GetValue(_analysis) is { } state ? Values.Choice(_analysis.Name, state, [("on", true), ("off", false)]) : null;
        return analysis is true && given.GetValue(_endpoint) is null && given.GetValue(_model) is null
            ? throw new UsageException(_analysis.Name, "the card mind has no model to ask; add --endpoint URL --model NAME, or leave the flag out")
            : analysis;
    }

    private bool? ReadBids(ParseResult given) =>
        given.GetValue(_bids) is not { } state ? null
        : !Values.Choice(_bids.Name, state, [("on", true), ("off", false)]) ? false
        : ModelFileOf(given) is null ? throw new UsageException(_bids.Name, "only a model file says who is likely to speak; add --model FILE and leave --endpoint out, or leave the flag out")
        : ReadLayout(given) != PromptLayout.SharedTranscriptFirst ? throw new UsageException(_bids.Name, "the room is asked with what all its personas read first; use --layout shared, or leave the flag out")
        : true;

    private PromptLayout ReadLayout(ParseResult given) =>
        given.GetValue(_layout) is { } layout ? Values.Choice(_layout.Name, layout, PromptLayouts.All)
        : ModelFileOf(given) is null ? PromptLayout.NamePrefixedUserTurns
        : PromptLayout.SharedTranscriptFirst;

    /// <summary>The server and the model of --endpoint and --model, which go together.</summary>
    public static ModelEndpoint? EndpointOf(string? endpoint, string? model) => (endpoint, model) switch
    {
        (null, null) => null,
        ({ } address, { } name) => new(Values.WebAddress("--endpoint", address), Values.Name("--model", name)),
        ({ }, null) => throw new UsageException("--endpoint", "the model to ask there is missing; add --model NAME"),
        (null, { }) => throw new UsageException("--model", "the server to ask is missing; add --endpoint URL"),
    };
}
