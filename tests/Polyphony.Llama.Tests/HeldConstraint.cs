using Polyphony.Llama.Engine;

namespace Polyphony.Llama.Tests;

/// <summary>Lets everything be written but the end of the reply, and holds the engine's thread at one of the words.</summary>
internal sealed class HeldConstraint(LlamaModel model, int words) : ITokenConstraint, IDisposable
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();
    private int _accepted;

    public Task Reached => _reached.Task;

    public bool IsComplete => false;

    public void Release() => _released.Set();

    public bool Allows(int token)
    {
        if (_accepted == words && _reached.TrySetResult())
        {
            _released.Wait(TestContext.Current.CancellationToken);
        }

        return !model.EndsReply(token);
    }

    public void Accept(int token) => _accepted++;

    public bool Mask(Span<float> logits)
    {
        for (var token = 0; token < logits.Length; token++)
        {
            logits[token] = model.EndsReply(token) ? float.NegativeInfinity : logits[token];
        }

        return true;
    }

    public void Dispose() => _released.Dispose();
}
