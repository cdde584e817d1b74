namespace Polyphony.Llama.Text;

/// <summary>A text that has been made into tokens.</summary>
/// <param name="Text">The text.</param>
/// <param name="Kind">How it was read.</param>
internal readonly record struct TokenCacheKey(string Text, TextKind Kind);

/// <summary>How a text is read as tokens.</summary>
internal enum TextKind
{
    /// <summary>Somebody wrote it.</summary>
    Written,

    /// <summary>Somebody wrote it, and the scaffolding ends with a space that belongs to its first word.</summary>
    WrittenBehindSpace,

    /// <summary>Scaffolding behind text.</summary>
    Markup,

    /// <summary>Scaffolding at the beginning or behind a mark.</summary>
    OpeningMarkup,
}

/// <summary>
/// Tokens of texts that come again. Two generations: what is used moves to the young one, and when that is full the old one goes. So what is asked for turn by turn stays, and no more is kept
/// than twice the bound. Thread-safe.
/// </summary>
/// <param name="cost">The most that one generation holds: tokens, and four characters as one.</param>
internal sealed class TokenCache(int cost)
{
    private const int EntryCost = 16;

    private readonly Lock _lock = new();
    private Dictionary<TokenCacheKey, int[]> _young = [];
    private Dictionary<TokenCacheKey, int[]> _old = [];
    private int _cost;

    /// <summary>How many texts are kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _young.Count + _old.Keys.Count(key => !_young.ContainsKey(key));
            }
        }
    }

    /// <summary>The tokens of a text, made where they are not kept. What makes them runs without the lock, and may run twice.</summary>
    public int[] Get(TokenCacheKey key, Func<TokenCacheKey, int[]> make)
    {
        lock (_lock)
        {
            if (_young.TryGetValue(key, out var kept))
            {
                return kept;
            }

            if (_old.TryGetValue(key, out kept))
            {
                Keep_NeedsLock(key, kept);
                return kept;
            }
        }

        var made = make(key);
        lock (_lock)
        {
            Keep_NeedsLock(key, made);
        }

        return made;
    }

    private void Keep_NeedsLock(TokenCacheKey key, int[] tokens)
    {
        if (!_young.TryAdd(key, tokens))
        {
            return;
        }

        _cost += EntryCost + tokens.Length + (key.Text.Length / 4);
        if (_cost > cost)
        {
            (_old, _young, _cost) = (_young, [], 0);
        }
    }
}
