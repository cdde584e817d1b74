using System.Buffers;
using System.Text;
using Polyphony.Personas;
using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>
/// Reads what stands at the beginning of a line as a speaker's label: <c>Name:</c>, also behind a time, with the marks and additions that models put around a name, and the
/// <c>&lt;Name&gt;</c> and <c>[Name]</c> of logs.
/// </summary>
internal static class SpokenLabel
{
    private const string Marks = "*_<>[]()#-•>`~\"“” \t";
    private const string Emphasis = "*_`";

    /// <summary>The colon, the full-width one of Chinese and Japanese, and the signs that look like one.</summary>
    public const string Colons = ":：﹕︓∶꞉";

    private static readonly SearchValues<char> AnyColon = SearchValues.Create(Colons);

    // A name may hold a colon itself, so the first few are tried.
    private const int MostColons = 4;
    private const int LongestTime = 24;

    /// <summary>The farthest from a line's beginning that a label's colon may stand: a name's limit, and what may stand around it.</summary>
    private const int LongestLabel = Participant.MaxNameLength + 48;

    /// <summary>A label that may be one.</summary>
    /// <param name="name">The name with its additions.</param>
    /// <param name="bare">The name without an addition such as <c>(persona)</c>; the same as <paramref name="name"/> where it has none.</param>
    /// <param name="rest">The line behind it.</param>
    /// <param name="isTimed">Whether a time in brackets stands in front.</param>
    public readonly ref struct Label(ReadOnlySpan<char> name, ReadOnlySpan<char> bare, ReadOnlySpan<char> rest, bool isTimed)
    {
        public ReadOnlySpan<char> Name { get; } = name;

        public ReadOnlySpan<char> Bare { get; } = bare;

        public ReadOnlySpan<char> Rest { get; } = rest;

        public bool IsTimed { get; } = isTimed;

        public bool Is(string who) => NameLook.AreAlike(Name, who) || NameLook.AreAlike(Bare, who) || NameLook.AreAlike(Undressed(Bare), who) || IsLike(Bare, who);

        public bool IsAnyOf(Roster roster) => roster.HasName(Name.ToString()) || (Bare.Length != Name.Length && Bare.Length > 0 && roster.HasName(Bare.ToString()))
            || (Undressed(Bare) is { IsEmpty: false } plain && plain.Length != Bare.Length && roster.HasName(plain.ToString()));

        /// <summary>Whether it is the first of the several words of somebody's name, as it is written there, and not of <paramref name="own"/>.</summary>
        public bool IsFirstNameOf(Roster roster, string own)
        {
            var plain = Undressed(Bare);
            return plain.Length > 1 && !(own.AsSpan().StartsWith(plain, StringComparison.OrdinalIgnoreCase) && (own.Length == plain.Length || own[plain.Length] == ' '))
                && roster.HasFirstName(plain);
        }
    }

    /// <summary>The candidates of a line, one after the other.</summary>
    /// <param name="line">The line, trimmed.</param>
    /// <param name="number">Which, counted from 0; keep counting while this is true.</param>
    /// <param name="label">The candidate.</param>
    public static bool TryRead(ReadOnlySpan<char> line, int number, out Label label)
    {
        label = default;
        if (number == 0)
        {
            // The log's form has no colon; a candidate without a name is none, and the next number goes on.
            label = InBrackets(line);
            return true;
        }

        var text = WithoutTime(line, out var isTimed);
        text = text[..Math.Min(text.Length, LongestLabel)];
        var colon = -1;
        for (var i = 0; i < number; i++)
        {
            var next = i < MostColons ? text[(colon + 1)..].IndexOfAny(AnyColon) : -1;
            if (next < 0)
            {
                return false;
            }

            colon += next + 1;
        }

        var name = NameOf(text[..colon]);
        var start = line.Length - WithoutTime(line, out _).Length;
        label = new(name, WithoutAddition(name), WithoutClosing(line[(start + colon + 1)..], line[..start], text[..colon]), isTimed);
        return true;
    }

    /// <summary>The text without the persona's own label, however often it stands there.</summary>
    public static ReadOnlySpan<char> TrimOwn(ReadOnlySpan<char> text, string ownName)
    {
        var said = text.Trim();
        while (OwnLabelOf(said, ownName, out var rest))
        {
            // What is left of a label's marks is not said.
            said = rest.Trim().Trim(Emphasis).IsEmpty ? [] : rest.Trim();
        }

        return said;
    }

    private static bool OwnLabelOf(ReadOnlySpan<char> text, string ownName, out ReadOnlySpan<char> rest)
    {
        rest = default;
        var line = text;
        for (var number = 0; TryRead(line, number, out var label); number++)
        {
            if (label.Name.Length > 0 && label.Is(ownName))
            {
                rest = label.Rest;
                return true;
            }
        }

        return false;
    }

    /// <summary>What is said behind a label, without the marks that close the label's own: as many as were opened before the name. Those of the words, such as a code fence, stay.</summary>
    private static ReadOnlySpan<char> WithoutClosing(ReadOnlySpan<char> rest, ReadOnlySpan<char> before, ReadOnlySpan<char> name)
    {
        var open = EmphasisIn(before) - EmphasisIn(name);
        while (open-- > 0 && !rest.IsEmpty && Emphasis.Contains(rest[0]))
        {
            rest = rest[1..];
        }

        return rest.TrimStart(" \t");
    }

    private static int EmphasisIn(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var c in text)
        {
            count += Emphasis.Contains(c) ? 1 : 0;
        }

        return count;
    }

    private static Label InBrackets(ReadOnlySpan<char> line)
    {
        var text = WithoutTime(line, out var isTimed);
        var start = line.Length - text.Length;
        if (start > 0 && line[start - 1] is '<' or '[')
        {
            start--;
        }

        text = line[start..];
        if (text.IsEmpty || text[0] is not ('<' or '['))
        {
            return default;
        }

        var close = text.IndexOf(text[0] == '<' ? '>' : ']');
        return close < 2 || close > LongestLabel || close + 1 >= text.Length || !char.IsWhiteSpace(text[close + 1])
            ? default
            : new(NameOf(text[1..close]), WithoutAddition(NameOf(text[1..close])), text[(close + 1)..].Trim(), isTimed);
    }

    /// <summary>The line from the label on: without a list's mark and a time.</summary>
    private static ReadOnlySpan<char> WithoutTime(ReadOnlySpan<char> line, out bool isTimed)
    {
        isTimed = false;
        var text = line.TrimStart(Marks);
        var time = TimeLength(text);
        if (time == 0)
        {
            return text;
        }

        isTimed = line.Length > text.Length && line[line.Length - text.Length - 1] is '[' or '(' && text.Length > time && text[time] is ']' or ')';
        return text[time..].TrimStart(Marks);
    }

    // 12:03, 12:03:11, 2026-01-31 12:03, 12:03 PM: digits with signs between, and at least one colon.
    private static int TimeLength(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !char.IsAsciiDigit(text[0]))
        {
            return 0;
        }

        var (end, lastDigit, colons) = (0, 0, 0);
        for (; end < text.Length && end < LongestTime && (char.IsAsciiDigit(text[end]) || text[end] is ':' or '-' or '/' or '.' or 'T' or 'Z' or ' '); end++)
        {
            colons += text[end] == ':' && end + 1 < text.Length && char.IsAsciiDigit(text[end + 1]) ? 1 : 0;
            lastDigit = char.IsAsciiDigit(text[end]) || text[end] == 'Z' ? end + 1 : lastDigit;
        }

        if (colons == 0)
        {
            return 0;
        }

        var rest = text[lastDigit..].TrimStart();
        return rest.Length >= 2 && (rest[0] | 0x20) is 'a' or 'p' && (rest[1] | 0x20) == 'm' && (rest.Length == 2 || !char.IsLetter(rest[2]))
            ? text.Length - rest.Length + 2
            : lastDigit;
    }

    /// <summary>The name without the marks around it; a bracket that was opened within it is a part of it.</summary>
    private static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> label)
    {
        var name = label.TrimStart(Marks);
        while (!name.IsEmpty && Marks.Contains(name[^1]) && !(name[^1] == ')' && name.Contains('(')) && !(name[^1] == ']' && name.Contains('[')))
        {
            name = name[..^1];
        }

        return name;
    }

    /// <summary>The name without the tags, pictures and signs around it. An <c>@</c> stays: who is addressed does not speak.</summary>
    private static ReadOnlySpan<char> Undressed(ReadOnlySpan<char> name)
    {
        if (name.IndexOf("</") is >= 0 and var closing)
        {
            name = name[..closing];
        }

        name = name[(name.LastIndexOf('>') + 1)..];
        while (Rune.DecodeFromUtf16(name, out var first, out var length) == OperationStatus.Done && first.Value != '@' && !NameText.IsWord(first))
        {
            name = name[length..];
        }

        while (Rune.DecodeLastFromUtf16(name, out var last, out var length) == OperationStatus.Done && !NameText.IsWord(last))
        {
            name = name[..^length];
        }

        return name;
    }

    // What is spelled in another way, or with other spaces, looks the same to whoever reads it.
    private static bool IsLike(ReadOnlySpan<char> name, string who) =>
        name.Length > 0 && (!Ascii.IsValid(name) || name.Contains("  ", StringComparison.Ordinal)) && NameText.AsSeen(name.ToString()).Equals(NameText.AsSeen(who), StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> WithoutAddition(ReadOnlySpan<char> name)
    {
        // A bracket that is not closed is no addition: "[Vera](https" begins a link.
        var open = name.IsEmpty || name[^1] is not (')' or ']') ? -1 : name.LastIndexOfAny('(', '[');
        return open <= 0 ? name : name[..open].Trim(Marks);
    }
}
