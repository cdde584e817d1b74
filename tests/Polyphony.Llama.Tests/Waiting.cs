namespace Polyphony.Llama.Tests;

/// <summary>Waits for what must happen, and fails instead of waiting for ever.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    public static Task Soon(this Task task) => task.WaitAsync(Bound, TestContext.Current.CancellationToken);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Bound, TestContext.Current.CancellationToken);
}
