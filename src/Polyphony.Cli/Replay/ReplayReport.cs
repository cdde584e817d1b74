using System.Text.Json.Nodes;
using Polyphony.Cli.Commands;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Cli.Replay;

/// <summary>What a replay did.</summary>
internal sealed record ReplayReport
{
    public required ReplayOptions Options { get; init; }

    public required ChatLogTally Tally { get; init; }

    public required long Duplicates { get; init; }

    public required RoomAccounts Accounts { get; init; }

    public required ServeReport Serve { get; init; }

    public required int Personas { get; init; }

    /// <summary>Whether everything held: the books add up, the room is quiet, and no turn failed or ran out of time.</summary>
    public bool Held => Accounts is { Conserved: true, Quiet: true, Outcomes: { Failed: 0, TimedOut: 0 } };

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["file"] = Options.File,
            ["format"] = ChatLogFormats.NameOf(Options.Format),
            ["policy"] = Options.Room.Policy,
            ["messages"] = Tally.Messages,
            ["events"] = Tally.Events,
            ["skipped"] = Tally.Skipped,
            ["duplicates"] = Duplicates,
            ["personas"] = Personas,
        };
        JsonReport.AddOutcomes(json, Accounts.Outcomes);
        json["notOffered"] = JsonReport.NotOffered(Accounts.Own, Accounts.History, Accounts.Floor);
        json["conserved"] = Accounts.Conserved;
        json["quiet"] = Accounts.Quiet;
        json["replies"] = new JsonObject(Accounts.Replies.Select(r => KeyValuePair.Create(r.Key, (JsonNode?)r.Value)));
        json["turn"] = JsonReport.LatencyMs(Serve.Turn);
        json["overhead"] = JsonReport.LatencyUs(Serve.Overhead);
        return json;
    }
}
