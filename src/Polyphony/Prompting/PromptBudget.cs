namespace Polyphony.Prompting;

/// <summary>What a source of the prompt asks for, in tokens.</summary>
/// <param name="Floor">What its first item takes: with less it can give nothing.</param>
/// <param name="Need">What all its items take; at least the floor.</param>
/// <param name="Priority">The higher, the earlier its floor is met and the larger its share of what is left. At least 1.</param>
/// <param name="Required">Whether there is no prompt without it.</param>
public readonly record struct PromptNeed(int Floor, int Need, int Priority, bool Required = false);

/// <summary>What a source got.</summary>
/// <param name="Tokens">How many tokens it may use.</param>
/// <param name="State">What became of it.</param>
public readonly record struct PromptGrant(int Tokens, AllocationState State);

/// <summary>Deals a prompt's tokens out. Pure, and free of allocation.</summary>
public static class PromptBudget
{
    /// <summary>The most sources one deal may have.</summary>
    public const int MostSources = 64;

    /// <summary>The part of a window that is kept for what is one persona's own, in tokens: a tenth, between 128 and 512.</summary>
    public static int SystemReserve(int window) => Math.Clamp(window / 10, 128, 512);

    /// <summary>The part of a window that is kept for the reply, in tokens: a quarter, between 256 and 4,000.</summary>
    public static int ReplyReserve(int window) => Math.Clamp(window / 4, 256, 4_000);

    /// <summary>
    /// Deals <paramref name="headroom"/> out: first the floors, those of required sources before the others and then by priority; what is left goes to the needs, in shares that follow
    /// the priorities. With more headroom the total never falls, nor does what a source gets while the same sources are in.
    /// </summary>
    /// <param name="needs">The sources.</param>
    /// <param name="headroom">The tokens there are; 0 or less where there are none.</param>
    /// <param name="grants">Receives what each source got, in the order of the sources.</param>
    /// <returns>False where a required source is short of its floor: the caller must ask for more room, or give up.</returns>
    public static bool Allocate(ReadOnlySpan<PromptNeed> needs, int headroom, Span<PromptGrant> grants)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(needs.Length, MostSources);
        ArgumentOutOfRangeException.ThrowIfLessThan(grants.Length, needs.Length);
        if (FitsWhole(needs, headroom, grants))
        {
            return true;
        }

        Span<int> order = stackalloc int[needs.Length];
        Order(needs, order);
        var left = Math.Max(0, headroom);
        var isEnough = true;
        foreach (var i in order)
        {
            var need = needs[i];
            isEnough &= !need.Required || need.Floor <= left;
            grants[i] = need.Floor <= left ? new(need.Floor, AllocationState.FloorOnly)
                : need.Required ? new(left, AllocationState.UnderProvisioned)
                : new(0, AllocationState.Dropped);
            left -= grants[i].Tokens;
        }

        Share(needs, order, left, grants);
        for (var i = 0; i < needs.Length; i++)
        {
            if (grants[i].State == AllocationState.FloorOnly && grants[i].Tokens >= needs[i].Need)
            {
                grants[i] = grants[i] with { State = AllocationState.Satisfied };
            }
        }

        return isEnough;
    }

    // Where there is room for everything, as there mostly is, nothing has to be dealt out.
    private static bool FitsWhole(ReadOnlySpan<PromptNeed> needs, int headroom, Span<PromptGrant> grants)
    {
        var sum = 0L;
        foreach (var need in needs)
        {
            sum += Math.Max(need.Floor, need.Need);
        }

        if (sum > headroom)
        {
            return false;
        }

        for (var i = 0; i < needs.Length; i++)
        {
            grants[i] = new(Math.Max(needs[i].Floor, needs[i].Need), AllocationState.Satisfied);
        }

        return true;
    }

    // Required before optional, then by priority, then by place.
    private static void Order(ReadOnlySpan<PromptNeed> needs, Span<int> order)
    {
        for (var i = 0; i < order.Length; i++)
        {
            var at = i;
            for (; at > 0 && Precedes(needs[i], needs[order[at - 1]]); at--)
            {
                order[at] = order[at - 1];
            }

            order[at] = i;
        }
    }

    private static bool Precedes(in PromptNeed a, in PromptNeed b) => a.Required != b.Required ? a.Required : a.Priority > b.Priority;

    // Level by level: at level n a source has min(what it still wants, n times its priority), and the tokens of a level that is not full go by order. So one more
    // token of headroom adds one token to one source, and takes none from another.
    private static void Share(ReadOnlySpan<PromptNeed> needs, ReadOnlySpan<int> order, int left, Span<PromptGrant> grants)
    {
        if (left == 0)
        {
            return;
        }

        var (low, high) = (0, left + 1);
        while (high - low > 1)
        {
            var level = low + (high - low) / 2;
            (low, high) = AtLevel(needs, grants, level) <= left ? (level, high) : (low, level);
        }

        var rest = (int)(left - AtLevel(needs, grants, low));
        foreach (var i in order)
        {
            var wanted = Wanted(needs[i], grants[i]);
            var share = (int)Math.Min(wanted, (long)low * needs[i].Priority);
            var more = Math.Min(rest, Math.Min(wanted - share, needs[i].Priority));
            rest -= more;
            grants[i] = grants[i] with { Tokens = grants[i].Tokens + share + more };
        }
    }

    private static long AtLevel(ReadOnlySpan<PromptNeed> needs, ReadOnlySpan<PromptGrant> grants, int level)
    {
        var sum = 0L;
        for (var i = 0; i < needs.Length; i++)
        {
            sum += Math.Min(Wanted(needs[i], grants[i]), (long)level * needs[i].Priority);
        }

        return sum;
    }

    private static int Wanted(in PromptNeed need, in PromptGrant grant) =>
        grant.State == AllocationState.FloorOnly ? Math.Max(0, need.Need - need.Floor) : 0;
}
