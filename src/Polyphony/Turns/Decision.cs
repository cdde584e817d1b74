namespace Polyphony.Turns;

/// <summary>What the model chose. A closed set.</summary>
public abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>To say something.</summary>
    /// <param name="Text">The words; not empty.</param>
    public sealed record Speak(string Text) : Decision;

    /// <summary>To be silent.</summary>
    /// <param name="Reason">The model's own reason, where it gave one.</param>
    public sealed record Pass(string Reason) : Decision;
}
