using System.CommandLine;
using Polyphony.Inference.Protocols;

namespace Polyphony.Cli.Commands;

/// <summary>What <c>polyphony turn replay</c> was asked to do.</summary>
internal sealed record TurnReplayOptions
{
    /// <summary>The turn, as shown: <c>t12</c>.</summary>
    public required string Turn { get; init; }

    /// <summary>The file of captured turns.</summary>
    public required string Capture { get; init; }

    /// <summary>The room whose turn is meant; absent where there is only one.</summary>
    public string? Room { get; init; }

    /// <summary>The attempt that is meant; absent means the last.</summary>
    public int? Attempt { get; init; }

    /// <summary>The model to ask.</summary>
    public required ModelEndpoint Endpoint { get; init; }

    /// <summary>The name of the decision protocol; absent means the recorded one.</summary>
    public string? Protocol { get; init; }

    /// <summary>A file whose text stands in for the system message.</summary>
    public string? System { get; init; }

    /// <summary>Whether to print one JSON document instead of text.</summary>
    public bool Json { get; init; }
}

/// <summary>The body of each command of <c>turn</c>.</summary>
internal sealed record TurnBodies
{
    public required CommandBody<TurnReplayOptions> Replay { get; init; }
}

/// <summary>The command <c>turn</c> and those below it.</summary>
internal sealed class TurnCommand
{
    private const int MostAttempts = 1_000_000;

    private readonly Argument<string> _turn = new("ID") { Description = "The turn, as t12 or 12" };

    private readonly Option<string?> _capture = new("--capture") { Description = "The file of captured turns, as written with --capture of chat and replay", HelpName = "FILE" };

    private readonly Option<string?> _room = new("--room") { Description = "Only this room (turns are numbered within their room)", HelpName = "NAME" };

    private readonly Option<string?> _attempt = new("--attempt") { Description = "Which attempt, where the turn was offered more than once (default the last)", HelpName = "N" };

    private readonly Option<string?> _system = new("--system") { Description = "Send the text of this file in place of the system message", HelpName = "FILE" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON document", Arity = ArgumentArity.Zero };

    private readonly Option<string?> _endpoint = new("--endpoint")
    {
        Description = "OpenAI-compatible server to ask, together with --model; a key comes from POLYPHONY_API_KEY",
        HelpName = "URL",
    };

    private readonly Option<string?> _model = new("--model") { Description = "Model to ask at --endpoint; it need not be the recorded one", HelpName = "NAME" };

    private readonly Option<string?> _protocol = new("--protocol")
    {
        Description = $"How to read the answer: {string.Join(", ", DecisionProtocols.Names)} (default the recorded one)",
        HelpName = "NAME",
    };

    public Command Create(TurnBodies bodies, CommandConsole console)
    {
        var replay = new Command("replay", "Run a captured turn again, with the same messages byte for byte, and show both answers");
        replay.Add(_turn);
        replay.Add(_capture);
        replay.Add(_room);
        replay.Add(_attempt);
        replay.Add(_endpoint);
        replay.Add(_model);
        replay.Add(_protocol);
        replay.Add(_system);
        replay.Add(_json);
        replay.SetAction((given, cancel) => bodies.Replay(Read(given), console, cancel));
        return new("turn", "Look at single turns that were captured") { replay };
    }

    private TurnReplayOptions Read(ParseResult given)
    {
        var turn = Values.Turn(_turn.Name, given.GetRequiredValue(_turn));
        var capture = given.GetValue(_capture) ?? throw new UsageException(_capture.Name, "it is missing; name the file of captured turns");
        var endpoint = RoomFlags.EndpointOf(given.GetValue(_endpoint), given.GetValue(_model))
            ?? throw new UsageException(_endpoint.Name, "it is missing; name the server to ask, with --model NAME: the card mind cannot answer a prompt");
        return new()
        {
            Turn = turn,
            Capture = Values.ExistingFile(_capture.Name, capture),
            Room = given.GetValue(_room) is { } room ? Values.Name(_room.Name, room) : null,
            Attempt = given.GetValue(_attempt) is { } attempt ? Values.Count(_attempt.Name, attempt, 1, MostAttempts) : null,
            Endpoint = endpoint,
            Protocol = given.GetValue(_protocol) is { } protocol ? Values.Choice(_protocol.Name, protocol, [.. DecisionProtocols.Names.Select(name => (name, name))]) : null,
            System = given.GetValue(_system) is { } system ? Values.ExistingFile(_system.Name, system) : null,
            Json = given.GetValue(_json),
        };
    }
}
