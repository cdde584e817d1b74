using System.Text;

namespace Polyphony.Turns;

/// <summary>
/// Takes a model's reasoning out of what it wrote. A block opens where a line does, or directly behind other words; a tag within a sentence is data, so that a persona can
/// talk about reasoning models. A closing tag without an opening one ends what came before it: some templates open the block in the prompt.
/// </summary>
internal static class ReasoningText
{
    // How many words between two tags within a sentence make them a block and not a mention of the tags.
    private const int WordsOfABlock = 3;

    private static readonly (string Open, string Close)[] Tags = [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("[THINK]", "[/THINK]")];

    /// <summary>The visible words, and how much reasoning there was.</summary>
    public readonly record struct Parts(string Visible, int Blocks, int Length);

    public static Parts Split(string written)
    {
        if (!written.AsSpan().ContainsAny('<', '['))
        {
            return new(written, 0, 0);
        }

        var (blocks, length, from) = (0, 0, 0);
        StringBuilder? visible = null;
        for (var at = 0; NextTag(written, at) is { } tag;)
        {
            var (end, closes) = tag.IsClose
                ? (tag.End, EndsReasoning(written, from, tag) && visible is null)
                : EndOf(written, tag);
            if (!closes)
            {
                at = tag.End;
                continue;
            }

            var begin = tag.IsClose ? 0 : tag.Start;
            (visible ??= new(written.Length)).Append(written, from, begin - from);
            blocks++;
            length += end - begin;
            (at, from) = (end, end);
        }

        return visible is null ? new(written, 0, 0) : new(visible.Append(written, from, written.Length - from).ToString(), blocks, length);
    }

    /// <summary>What of an unfinished answer may be shown: nothing while it might be the beginning of a tag.</summary>
    public static string VisibleSoFar(string soFar)
    {
        var visible = Split(soFar).Visible;
        var start = visible.AsSpan().TrimStart();
        foreach (var (open, _) in Tags)
        {
            if (start.Length < open.Length && open.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            {
                return "";
            }
        }

        return visible;
    }

    private static (int End, bool IsBlock) EndOf(string written, Tag tag)
    {
        var close = written.IndexOf(Tags[tag.Kind].Close, tag.End, StringComparison.OrdinalIgnoreCase);
        var isInSentence = !OpensABlock(written, tag.Start);
        if (close < 0)
        {
            return (written.Length, !isInSentence);
        }

        var isBlock = !isInSentence || (!IsQuoted(written, tag.Start) && HasWords(written.AsSpan(tag.End, close - tag.End)));
        return (close + Tags[tag.Kind].Close.Length, isBlock);
    }

    private static bool OpensABlock(string written, int start)
    {
        var line = start;
        while (line > 0 && written[line - 1] is ' ' or '\t')
        {
            line--;
        }

        return line == 0 || written[line - 1] is '\n' or '\r' || (line == start && !IsQuoted(written, start) && !char.IsWhiteSpace(written[start - 1]));
    }

    // In a sentence it stands between spaces, or in quotes. At the end of reasoning a line or a sentence ends, or the answer begins at once.
    private static bool EndsReasoning(string written, int from, Tag tag)
    {
        if (from > 0 || IsQuoted(written, tag.Start))
        {
            return false;
        }

        var before = written.AsSpan(0, tag.Start);
        var after = written.AsSpan(tag.End);
        return before.IsWhiteSpace() || before[^1] is '\n' or '\r' || !char.IsWhiteSpace(before[^1])
            || before.TrimEnd()[^1] is '.' or '!' or '?' or '。' || after.IsEmpty || after[0] is '\n' or '\r';
    }

    private static bool IsQuoted(string written, int start) => start > 0 && written[start - 1] is '`' or '"' or '\'' or '(' or '“' or '‘' or '«' or '„';

    private static bool HasWords(ReadOnlySpan<char> text)
    {
        var words = 0;
        foreach (var range in text.SplitAny(' ', '\n', '\t'))
        {
            words += text[range].IsWhiteSpace() ? 0 : 1;
        }

        return words >= WordsOfABlock;
    }

    private static Tag? NextTag(string written, int from)
    {
        for (var at = from; at < written.Length; at++)
        {
            var next = written.AsSpan(at).IndexOfAny('<', '[');
            if (next < 0)
            {
                return null;
            }

            at += next;
            for (var kind = 0; kind < Tags.Length; kind++)
            {
                var (open, close) = Tags[kind];
                if (written.AsSpan(at).StartsWith(open, StringComparison.OrdinalIgnoreCase))
                {
                    return new(at, at + open.Length, kind, IsClose: false);
                }

                if (written.AsSpan(at).StartsWith(close, StringComparison.OrdinalIgnoreCase))
                {
                    return new(at, at + close.Length, kind, IsClose: true);
                }
            }
        }

        return null;
    }

    private readonly record struct Tag(int Start, int End, int Kind, bool IsClose);
}
