namespace Polyphony.Cli.Probes;

/// <summary>Why a turn ended as it did, in one phrase.</summary>
internal static class SilenceText
{
    /// <summary>The reason that stands in the record of an outcome; null where it is that of a turn that spoke.</summary>
    public static string? ReasonOf(ProbeRecord end) => end.Class switch
    {
        "persona.turn.error" => $"{end.Field("stage") ?? "somewhere"}: {end.Field("error_type") ?? "unknown error"}",
        "persona.turn.silent" => end.Field("rule") is { Length: > 0 } rule ? $"{rule}: {end.Field("reason")}" : end.Field("reason") ?? "no reason given",
        _ => null,
    };
}
