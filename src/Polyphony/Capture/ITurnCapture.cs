namespace Polyphony.Capture;

/// <summary>Takes whole turns, with everything that was said to the model and by it. It is private by nature: give one to a room only where its owner asked for it.</summary>
public interface ITurnCapture
{
    /// <summary>Called once a turn, at its end, on the turn's thread and for many personas at once: be quick and thread-safe. What it throws is counted and reaches no turn.</summary>
    void Take(CapturedTurn turn);
}
