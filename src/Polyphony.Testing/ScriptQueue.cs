namespace Polyphony.Testing;

/// <summary>What is still to happen in a scripted conversation: first what arrived through the feed, then the script. Its conversation locks.</summary>
internal sealed class ScriptQueue
{
    private readonly Queue<ScriptedEvent> _script = [];
    private readonly Queue<ScriptedEvent> _arrived = [];
    private readonly List<(int Offer, ScriptedEvent Arrival)> _waiting = [];
    private bool _endIsScripted;

    /// <summary>Whether the script is under way and fixed.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Whether a caller who finds nothing is to wait.</summary>
    public bool FeedIsOpen { get; set; }

    /// <summary>Whether the end was given.</summary>
    public bool HasEnded { get; private set; }

    public void Script(ScriptedEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        ThrowIfBegun();
        if (_endIsScripted)
        {
            throw new InvalidOperationException("the script has its end already, and nothing follows that; put the end last");
        }

        _endIsScripted = e is ScriptedEvent.Ending;
        _script.Enqueue(e);
    }

    public void Arrive(ScriptedEvent arrival)
    {
        ThrowIfOver();
        _arrived.Enqueue(arrival);
    }

    public void ArriveAfterOffer(int offer, int given, ScriptedEvent arrival)
    {
        ThrowIfOver();
        if (offer <= given)
        {
            throw new InvalidOperationException($"offer {offer} was given already, {given} in all; let it arrive now, or choose an offer that is still to come");
        }

        _waiting.Add((offer, arrival));
    }

    /// <summary>Lets arrive what was set for this offer.</summary>
    public void OfferGiven(int offer)
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            if (_waiting[i].Offer == offer)
            {
                _arrived.Enqueue(_waiting[i].Arrival);
                _waiting.RemoveAt(i--);
            }
        }
    }

    /// <summary>Takes what happens next; null where there is nothing. The end is never taken: it stays.</summary>
    public ScriptedEvent? Take()
    {
        if (HasEnded || (!_arrived.TryDequeue(out var next) && !_script.TryDequeue(out next)))
        {
            return null;
        }

        HasEnded = next is ScriptedEvent.Ending;
        return HasEnded ? null : next;
    }

    public void ThrowIfBegun()
    {
        if (HasBegun)
        {
            throw new InvalidOperationException("the script is under way and cannot be changed; open its feed and let things arrive");
        }
    }

    private void ThrowIfOver()
    {
        if (!FeedIsOpen || HasEnded)
        {
            throw new InvalidOperationException(
                HasEnded ? "the conversation has ended; nothing can arrive any more" : "the feed was closed; nothing can arrive through it any more");
        }
    }
}
