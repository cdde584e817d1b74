namespace Polyphony.Cli.Models;

/// <summary>Watches a stream of server-sent events for what ends an answer: a finish reason, or the protocol's last word. A connection that closes without either looks like an end, and is none.</summary>
internal sealed class StreamEnd
{
    private const int LongestKey = 64;

    private byte[] _tail = [];
    private bool _hasEnd;

    /// <summary>Takes what was read; nothing is the end of the connection.</summary>
    /// <param name="read">What was read.</param>
    /// <param name="isAsked">Whether there was room for more than nothing.</param>
    /// <exception cref="UnusableAnswerException">The connection ended within an answer.</exception>
    public void Saw(ReadOnlySpan<byte> read, bool isAsked)
    {
        if (_hasEnd || !isAsked)
        {
            return;
        }

        if (read.IsEmpty)
        {
            // Where nothing came at all, what is missing is an answer, and that is told elsewhere.
            if (_tail.Length > 0)
            {
                throw new UnusableAnswerException("the server's answer broke off: its stream closed without a finish reason; look at what the server says, and ask again");
            }

            return;
        }

        // What stands across two reads is found with the end of the first.
        byte[] text = [.. _tail, .. read];
        _hasEnd = text.AsSpan().IndexOf("[DONE]"u8) >= 0 || HasReason(text);
        _tail = text[Math.Max(0, text.Length - LongestKey)..];
    }

    // The key with a text behind it; null stands in every event before the last.
    private static bool HasReason(ReadOnlySpan<byte> text)
    {
        var key = "\"finish_reason\""u8;
        while (text.IndexOf(key) is >= 0 and var at)
        {
            text = text[(at + key.Length)..];
            var value = text.TrimStart(" \t:"u8);
            if (value.StartsWith((byte)'"'))
            {
                return true;
            }
        }

        return false;
    }
}
