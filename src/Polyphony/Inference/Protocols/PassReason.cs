namespace Polyphony.Inference.Protocols;

/// <summary>A model's own reason for silence, as an outcome keeps it.</summary>
internal static class PassReason
{
    /// <summary>Where the model gave none.</summary>
    public const string None = "chose silence";

    private const int Longest = 280;

    /// <summary>The reason, cut where it is longer than a reason needs to be: it is told, never said.</summary>
    public static string Of(string reason)
    {
        var text = reason.AsSpan().Trim();
        if (text.Length == 0)
        {
            return None;
        }

        if (text.Length <= Longest)
        {
            return text.Length == reason.Length ? reason : text.ToString();
        }

        return $"{text[..(char.IsHighSurrogate(text[Longest - 1]) ? Longest - 1 : Longest)]}…";
    }
}
