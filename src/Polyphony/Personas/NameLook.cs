using System.Text;

namespace Polyphony.Personas;

/// <summary>
/// What a name looks like, so that two that a reader cannot tell apart are one: letters of other scripts, full-width and mathematical letters, and the marks that a prompt shows for others stand for the Latin ones that they look like. For comparing only,
/// in any case; what is shown is what somebody is called.
/// </summary>
internal static class NameLook
{
    // Capital letters: what is compared is made capital first.
    private const string Strange = "АВЕЅІЈКМНОРСТУХҮԚԜҺԀӀΑΒΕΖΗΙΚΜΝΟΡΤΥΧՕՏՍıɑɡⅠⅤⅩⅬⅭⅮⅯ꞉︓∶﹕˂˃⟦⟧¦￤";
    private const string Latin = "ABESIJKMHOPCTYXYQWHDIABEZHIKMNOPTYXOSUIAGIVXLCDM::::<>[]||";

    private const int FullWidth = 0xFF00 - ' ';
    private const int MathematicalLetters = 0x1D400;
    private const int MathematicalDigits = 0x1D7CE;
    private const int LettersOfBothCases = 52;

    /// <summary>The look of <paramref name="name"/>; the same string where it is all ASCII.</summary>
    public static string Of(string name)
    {
        if (Ascii.IsValid(name))
        {
            return name;
        }

        var look = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            look.Append(Of(rune));
        }

        return look.ToString();
    }

    /// <summary>Whether two names look alike, in any case.</summary>
    public static bool AreAlike(ReadOnlySpan<char> one, ReadOnlySpan<char> other) =>
        one.Equals(other, StringComparison.OrdinalIgnoreCase)
        || (!(Ascii.IsValid(one) && Ascii.IsValid(other)) && string.Equals(Of(one.ToString()), Of(other.ToString()), StringComparison.OrdinalIgnoreCase));

    private static string Of(Rune rune)
    {
        switch (rune.Value)
        {
            case >= 0xFF01 and <= 0xFF5E:
                return ((char)(rune.Value - FullWidth)).ToString();
            case >= MathematicalLetters and < 0x1D6A4:
                var letter = (rune.Value - MathematicalLetters) % LettersOfBothCases % 26;
                return ((char)('A' + letter)).ToString();
            case >= MathematicalDigits and <= 0x1D7FF:
                return ((char)('0' + (rune.Value - MathematicalDigits) % 10)).ToString();
            default:
                var capital = Rune.ToUpperInvariant(rune);
                return capital.IsBmp && Strange.IndexOf((char)capital.Value, StringComparison.Ordinal) is var at and >= 0 ? Latin[at].ToString() : capital.ToString();
        }
    }
}
