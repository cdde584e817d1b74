namespace Polyphony.Diagnostics;

/// <summary>One class of probe: what its records mean and what they carry.</summary>
/// <param name="Name">Dotted lower-case, such as <c>persona.turn.spoke</c>.</param>
/// <param name="Summary">When it is written, in one sentence.</param>
/// <param name="Fields">What stands in <c>fields</c>, in its order.</param>
public sealed record ProbeClassInfo(string Name, string Summary, IReadOnlyList<ProbeFieldInfo> Fields);

/// <summary>One field of a probe.</summary>
/// <param name="Name">In snake_case.</param>
/// <param name="Type"><c>integer</c>, <c>number</c>, <c>boolean</c> or <c>string</c>.</param>
/// <param name="IsContent">Whether it holds what somebody said, so that it is written only where content is asked for.</param>
/// <param name="Summary">What it says, with its unit.</param>
public sealed record ProbeFieldInfo(string Name, string Type, bool IsContent, string Summary);

/// <summary>One place whose time is taken.</summary>
/// <param name="Name">The value of <c>fields.seam</c>.</param>
/// <param name="Parent">The seam that it is a part of; null where it is a part of none.</param>
/// <param name="Summary">From where to where, in one sentence.</param>
public sealed record ProbeSeamInfo(string Name, string? Parent, string Summary);

/// <summary>Every class and every seam there is.</summary>
public static class ProbeTaxonomy
{
    /// <summary>The classes, by name.</summary>
    public static IReadOnlyList<ProbeClassInfo> Classes { get; } =
    [
        new("floor.grant", "The floor gave somebody a turn.",
        [
            Integer("attempt", "counted from 1"), Integer("first", "first message of the burst"), Integer("last", "last message of the burst"),
            Text("ground", "why this persona"),
        ]),
        new("floor.refuse", "The floor gave a message to nobody.",
            [Text("reason", "why"), Text("holder", "who has the floor"), Integer("waiting", "personas with something unseen")]),
        new("inference.generate.enter", "A model is called.", [Text("model", "its name"), Integer("msg_count", "messages in the prompt")]),
        new("inference.generate.exit", "A model has answered.",
        [
            Text("model", "its name"), Integer("tokens_out", "tokens generated"), new("tokens_estimated", "boolean", false, "whether they were estimated"),
            Integer("text_len", "characters"), Number("duration_ms", "milliseconds"), Number("tok_per_sec", "tokens a second"),
        ]),
        new("persona.loop.fault", "A persona's conversation gave a fault in place of an offer.", [Text("reason", "why")]),
        new("persona.materialize", "A persona was given its mind.", []),
        new("persona.response.enter", "A persona begins to respond.", [new("message_text", "string", true, "what was said")]),
        new("persona.response.exit.silent", "A persona's response is silence.", [new("raw_text", "string", true, "what the model wrote")]),
        new("persona.response.exit.spoke", "A persona's response is text.",
            [Integer("visible_text_len", "characters"), new("visible_text", "string", true, "what it says")]),
        new("persona.turn.error", "A turn failed.", [Text("stage", "where"), Text("error_type", "type of the exception")]),
        new("persona.turn.silent", "A turn ended without a word.", [Text("outcome", "how"), Text("reason", "why")]),
        new("persona.turn.spoke", "A turn ended with a message.", [Integer("response_len", "characters"), Number("turn_duration_ms", "milliseconds")]),
        new("persona.turn.start", "A loop took an offer.", [Integer("attempt", "counted from 1"), Number("wait_us", "microseconds in the queue")]),
        new("probe.dropped", "Records were dropped because the queue was full.", [Integer("count", "how many")]),
        new("probe.file", "A probe file begins, or a run begins in it.", [Integer("version", "of the format")]),
        new("room.append", "A room wrote to its log.", []),
        new("room.decide", "A room decided what follows from an input.", []),
        new("timing", "A seam took so long.", [Text("seam", "which")]),
        new("turn.superseded", "A turn was overtaken by a newer message.", []),
    ];

    /// <summary>The seams, each after its parent.</summary>
    public static IReadOnlyList<ProbeSeamInfo> Seams { get; } =
    [
        new("persona.turn", null, "The whole turn, from the arrival of what it answers to the room's answer."),
        new("persona.turn.wait", "persona.turn", "From the arrival until the loop took the offer."),
        new("persona.respond", "persona.turn", "The pipeline, from recall to check."),
        new("persona.prompt.assemble", "persona.respond", "The prompt becomes chat messages."),
        new("persona.respond.run_render", "persona.respond", "Model calls, and reading the decision."),
        new("inference.generate", "persona.respond.run_render", "One model call."),
        new("persona.say", "persona.turn", "Handing the result in, until the room had answered."),
        new("room.append", null, "One append to the room's log, which holds what came of many turns."),
    ];

    private static ProbeFieldInfo Integer(string name, string summary) => new(name, "integer", false, summary);

    private static ProbeFieldInfo Number(string name, string summary) => new(name, "number", false, summary);

    private static ProbeFieldInfo Text(string name, string summary) => new(name, "string", false, summary);
}
