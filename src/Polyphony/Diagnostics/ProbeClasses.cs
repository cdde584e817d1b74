namespace Polyphony.Diagnostics;

/// <summary>The names of the probes. A class is a point in the flow; its fields are in <see cref="ProbeTaxonomy"/> and in <c>docs/probes.md</c>.</summary>
public static class ProbeClasses
{
    /// <summary>A probe file begins, or goes on under a new program.</summary>
    public const string ProbeFile = "probe.file";

    /// <summary>Records were lost.</summary>
    public const string ProbeDropped = "probe.dropped";

    /// <summary>Something took time; the seam says what.</summary>
    public const string Timing = "timing";

    /// <summary>The room decided on an input.</summary>
    public const string RoomDecide = "room.decide";

    /// <summary>Events became durable.</summary>
    public const string RoomAppend = "room.append";

    /// <summary>A room stopped because its log, or its own code, failed.</summary>
    public const string RoomFault = "room.fault";

    /// <summary>A persona was given a turn.</summary>
    public const string FloorGrant = "floor.grant";

    /// <summary>Nobody was given a turn for a message that somebody has not seen.</summary>
    public const string FloorRefuse = "floor.refuse";

    /// <summary>A running turn was withdrawn in favour of another attempt.</summary>
    public const string TurnSuperseded = "turn.superseded";

    /// <summary>A slot of the roster got its persona, or did not.</summary>
    public const string PersonaMaterialize = "persona.materialize";

    /// <summary>A conversation gave a fault in place of an offer.</summary>
    public const string PersonaLoopFault = "persona.loop.fault";

    /// <summary>A room's memories were brought up to a message, and what each persona recalls was prepared.</summary>
    public const string MemoryPrepare = "memory.prepare";

    /// <summary>Something failed about a room's memories; turns go on.</summary>
    public const string MemoryFault = "memory.fault";

    /// <summary>A loop took an offer.</summary>
    public const string TurnStart = "persona.turn.start";

    /// <summary>What the persona knew going in.</summary>
    public const string TurnRecall = "persona.turn.recall";

    /// <summary>The new messages entered its memory.</summary>
    public const string TurnAdmit = "persona.turn.admit";

    /// <summary>The budgets chose what goes into the prompt.</summary>
    public const string TurnCompose = "persona.turn.compose";

    /// <summary>The turn ended with a message.</summary>
    public const string TurnSpoke = "persona.turn.spoke";

    /// <summary>The turn ended without a message, and nothing broke.</summary>
    public const string TurnSilent = "persona.turn.silent";

    /// <summary>Something broke in the turn.</summary>
    public const string TurnError = "persona.turn.error";

    /// <summary>What the turn's model calls cost.</summary>
    public const string TurnMetrics = "persona.turn.metrics";

    /// <summary>A message is about to be analysed for the whole room.</summary>
    public const string AnalyzeEnter = "cognition.analyze.enter";

    /// <summary>A message was not analysed.</summary>
    public const string AnalyzeNoop = "cognition.analyze.noop_single_specialty";

    /// <summary>A turn found the analysis that another turn had asked for.</summary>
    public const string AnalyzeCacheHit = "cognition.analyze.cache_hit";

    /// <summary>The model call of an analysis ended with an answer.</summary>
    public const string AnalyzeInference = "cognition.analyze.inference";

    /// <summary>The analysis was read.</summary>
    public const string AnalyzeParse = "cognition.analyze.parse";

    /// <summary>A message has no analysis.</summary>
    public const string AnalyzeError = "cognition.analyze.error";

    /// <summary>What the shared analysis gave the persona.</summary>
    public const string AnalyzeResult = "persona.response.analyze.result";

    /// <summary>The persona is about to be asked.</summary>
    public const string ResponseEnter = "persona.response.enter";

    /// <summary>The prompt as the model gets it.</summary>
    public const string ResponsePrompt = "persona.response.render.prompt";

    /// <summary>The model's answer as it came.</summary>
    public const string ResponseRaw = "persona.response.render.raw";

    /// <summary>The answer was silence.</summary>
    public const string ResponseSilent = "persona.response.exit.silent";

    /// <summary>The answer was words.</summary>
    public const string ResponseSpoke = "persona.response.exit.spoke";

    /// <summary>The prompt was assembled.</summary>
    public const string PromptAssemble = "persona.prompt.assemble";

    /// <summary>A model is called.</summary>
    public const string GenerateEnter = "inference.generate.enter";

    /// <summary>A model call ended.</summary>
    public const string GenerateExit = "inference.generate.exit";

    /// <summary>How long an engine of this process let the call wait.</summary>
    public const string InferenceQueue = "inference.queue";

    /// <summary>What such an engine had of the prompt, and what it computed.</summary>
    public const string InferencePrefix = "inference.prefix";

    /// <summary>How likely the persona is to speak next, from one look at the room for all of them.</summary>
    public const string InferenceBid = "inference.bid";
}

/// <summary>The names of the timings: the seams at which time is spent. They nest as <see cref="ProbeTaxonomy.Seams"/> says.</summary>
public static class ProbeSeams
{
    /// <summary>The whole turn, from the arrival of what it answers (where that is known) to the room's answer.</summary>
    public const string Turn = "persona.turn";

    /// <summary>From the arrival of what it answers until the loop took the offer.</summary>
    public const string Wait = "persona.turn.wait";

    /// <summary>The pipeline, from recall to check.</summary>
    public const string Respond = "persona.respond";

    /// <summary>Waiting for the shared analysis of what is answered.</summary>
    public const string Analyze = "persona.respond.analyze";

    /// <summary>The model call of a shared analysis. It belongs to the room, and lies in the turn that asked first.</summary>
    public const string AnalyzeCall = "cognition.analyze";

    /// <summary>The prompt becomes chat messages.</summary>
    public const string Assemble = "persona.prompt.assemble";

    /// <summary>Waiting for the room's bids on what is answered.</summary>
    public const string Bid = "persona.respond.bid";

    /// <summary>The model calls, and reading the decision.</summary>
    public const string Render = "persona.respond.run_render";

    /// <summary>One model call.</summary>
    public const string Generate = "inference.generate";

    /// <summary>The chat messages become tokens, in an engine of this process.</summary>
    public const string RenderChat = "inference.render_chat";

    /// <summary>Such an engine computes: the prompt, and what is written.</summary>
    public const string Forward = "inference.forward.text";

    /// <summary>Handing the result in, until the room has answered.</summary>
    public const string Say = "persona.say";

    /// <summary>One append to the log, until it is durable.</summary>
    public const string Append = "room.append";
}
