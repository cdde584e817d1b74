namespace Polyphony.Llama.Engine;

/// <summary>What a step computes, and how much of it. Pure; filled again for each step.</summary>
internal sealed class StepPlan
{
    private const int LeastShare = 16;

    // What the most urgent leave to all others together, so that nobody's prompt stands still.
    private const int OthersPart = 8;

    private readonly List<Item> _items = [];
    private int _turn;

    /// <summary>Whose prompts are computed, each with how many tokens. Those who get none are not among them.</summary>
    public List<Share> Shares { get; } = [];

    /// <summary>Begins another step.</summary>
    public void Clear()
    {
        _items.Clear();
        Shares.Clear();
    }

    /// <summary>A prompt of which something is missing.</summary>
    /// <param name="what">A request, or a trunk that requests wait for; one that comes twice counts as the most urgent of them.</param>
    /// <param name="missing">How many tokens.</param>
    /// <param name="urgency">How urgent.</param>
    public void Add(object what, int missing, EngineUrgency urgency)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            if (ReferenceEquals(_items[i].What, what))
            {
                _items[i] = _items[i] with { Urgency = urgency < _items[i].Urgency ? urgency : _items[i].Urgency };
                return;
            }
        }

        _items.Add(new(what, missing, urgency));
    }

    /// <summary>Shares the step's tokens out: by urgency, and among equals in turns.</summary>
    public void Divide(int tokens)
    {
        _turn++;
        for (var urgency = EngineUrgency.Mention; urgency <= EngineUrgency.Background && tokens > 0; urgency++)
        {
            var equals = _items.FindAll(i => i.Urgency == urgency);
            if (equals.Count == 0)
            {
                continue;
            }

            var kept = _items.Exists(i => i.Urgency > urgency) ? tokens / OthersPart : 0;
            tokens = kept + Divide(equals, tokens - kept);
        }
    }

    /// <returns>What is left.</returns>
    private int Divide(List<Item> equals, int tokens)
    {
        var first = Shares.Count;
        var share = Math.Max(LeastShare, tokens / equals.Count);
        for (var i = 0; i < equals.Count && tokens > 0; i++)
        {
            var item = equals[(i + _turn) % equals.Count];
            var its = Math.Min(tokens, Math.Min(item.Missing, share));
            Shares.Add(new(item.What, its, item.Missing));
            tokens -= its;
        }

        for (var i = first; i < Shares.Count && tokens > 0; i++)
        {
            var more = Math.Min(tokens, Shares[i].Missing - Shares[i].Tokens);
            Shares[i] = Shares[i] with { Tokens = Shares[i].Tokens + more };
            tokens -= more;
        }

        return tokens;
    }

    /// <summary>So many tokens of a request's or a trunk's prompt.</summary>
    internal readonly record struct Share(object What, int Tokens, int Missing);

    private readonly record struct Item(object What, int Missing, EngineUrgency Urgency);
}
