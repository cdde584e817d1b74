using System.Globalization;

namespace Polyphony.Cli.Replay;

/// <summary>
/// One line as IRC clients log it: <c>[12:18] &lt;nick&gt; text</c>, <c>[12:18] * nick does</c>, <c>[12:18] -nick- notice</c> or
/// <c>=== event</c>, with a channel and a date in front, in any order, inside or outside the brackets.
/// </summary>
internal static class IrcLine
{
    private static readonly string[] TimeFormats = ["H:mm", "H:mm:ss", "H:mm:ss.FFF"];
    private static readonly string[] DateFormats = ["yyyy-MM-dd", "yyyy/MM/dd"];

    // Signs of rank that clients put before a nick; none of them may begin one.
    private const string RankSigns = "~&@%+! ";

    public static ChatLine Parse(long line, string text)
    {
        var front = default(Front);
        var rest = text.AsSpan().TrimStart();
        while (true)
        {
            if (rest.StartsWith("==="))
            {
                return new ChatLine.Happened(line);
            }

            if (front.Time is { } time && TryParseBody(line, new(front.Date, time), rest) is { } body)
            {
                return body;
            }

            if (!TryTakePart(ref rest, ref front))
            {
                return new ChatLine.Skipped(
                    line,
                    front.Time is null
                        ? "it does not begin with a time like [12:34]"
                        : "after the time there is no <nick>, no * nick and no -nick-");
            }
        }
    }

    private static ChatLine? TryParseBody(long line, RecordedTime at, ReadOnlySpan<char> body) => body switch
    {
        ['<', ..] => TryParseMessage(line, at, body),
        ['*', '*', '*', ..] => new ChatLine.Happened(line),
        ['*', ' ', ..] => TryParseAction(line, at, body),
        ['-', ..] => IsNotice(body) ? new ChatLine.Happened(line) : null,
        _ => null,
    };

    private static ChatLine? TryParseMessage(long line, RecordedTime at, ReadOnlySpan<char> body)
    {
        var close = body.IndexOf('>');
        if (close < 0)
        {
            return null;
        }

        var nick = body[1..close].TrimStart(RankSigns);
        var text = body[(close + 1)..];
        return IsNick(nick) ? ChatLine.Say(new(line, at, nick.ToString(), (text is [' ', .. var after] ? after : text).ToString())) : null;
    }

    private static ChatLine? TryParseAction(long line, RecordedTime at, ReadOnlySpan<char> body)
    {
        var action = body[1..].TrimStart(RankSigns);
        var end = action.IndexOf(' ');
        var nick = end < 0 ? action : action[..end];
        return IsNick(nick) ? ChatLine.Say(new(line, at, nick.ToString(), $"* {action}")) : null;
    }

    private static bool IsNotice(ReadOnlySpan<char> body)
    {
        // A nick may hold hyphens, so the closing one is the one that a space follows.
        var close = body.IndexOf("- ");
        var nick = close > 0 ? body[1..close] : body is [_, .. var whole, '-'] ? whole : default;
        return IsNick(nick);
    }

    private static bool IsNick(ReadOnlySpan<char> nick)
    {
        foreach (var c in nick)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>')
            {
                return false;
            }
        }

        return nick.Length > 0;
    }

    /// <summary>Takes one channel, date or bracket from the front; false when there is none, or a second of its kind.</summary>
    private static bool TryTakePart(ref ReadOnlySpan<char> rest, ref Front front)
    {
        ReadOnlySpan<char> part;
        if (rest is ['[', ..])
        {
            var close = rest.IndexOf(']');
            if (close < 0)
            {
                return false;
            }

            part = rest[1..close].Trim();
            rest = rest[(close + 1)..].TrimStart();
            return front.TryAdd(part, timeAllowed: true);
        }

        var end = rest.IndexOf(' ');
        part = end < 0 ? rest : rest[..end];
        rest = rest[part.Length..].TrimStart();
        return front.TryAdd(part, timeAllowed: false);
    }

    private ref struct Front
    {
        private bool _channel;

        public DateOnly? Date { get; private set; }

        public TimeOnly? Time { get; private set; }

        public bool TryAdd(ReadOnlySpan<char> part, bool timeAllowed)
        {
            var isChannel = part is ['#' or '&', _, ..];
            var gap = isChannel ? part.IndexOf(' ') : part.IndexOfAny(' ', 'T');
            if (gap >= 0)
            {
                return timeAllowed && TryAdd(part[..gap], timeAllowed) && TryAdd(part[(gap + 1)..].TrimStart(), timeAllowed);
            }

            if (isChannel)
            {
                var isFirst = !_channel;
                _channel = true;
                return isFirst;
            }

            if (Date is null && DateOnly.TryParseExact(part, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                Date = date;
                return true;
            }

            if (timeAllowed && Time is null
                && TimeOnly.TryParseExact(part, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            {
                Time = time;
                return true;
            }

            return false;
        }
    }
}
