using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Polyphony.Testing.Stress;

/// <summary>
/// Calls back after exactly the delay it was made for, from a thread of its own. The runtime's timers are up to 5 ms late (they follow a coarse clock), and
/// a baseline on top of them would measure them.
/// </summary>
internal sealed partial class Sleeper : IDisposable
{
    // The kernel wakes a sleeping thread some 60 µs late; the rest of the wait is spun.
    private static readonly TimeSpan Slack = TimeSpan.FromMicroseconds(120);

    private readonly long _delay;
    private readonly BlockingCollection<(long Due, Action<object> Callback, object State)> _waiting = [];
    private readonly Thread _thread;

    public Sleeper(TimeSpan delay)
    {
        _delay = (long)(delay.TotalSeconds * Stopwatch.Frequency);
        _thread = new(Run) { IsBackground = true, Name = "stress sleeper" };
        _thread.Start();
    }

    /// <summary>Has <paramref name="callback"/> called with <paramref name="state"/> after the delay. First in, first out, as every delay is the same.</summary>
    public void Schedule(Action<object> callback, object state) => _waiting.Add((Stopwatch.GetTimestamp() + _delay, callback, state));

    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
    }

    private void Run()
    {
        foreach (var (due, callback, state) in _waiting.GetConsumingEnumerable())
        {
            WaitUntil(due);
            callback(state);
        }
    }

    private static void WaitUntil(long due)
    {
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is var left && left > TimeSpan.Zero)
        {
            if (left > Slack)
            {
                SleepFor(left - Slack);
            }
            else
            {
                Thread.SpinWait(8);
            }
        }
    }

    private static void SleepFor(TimeSpan time)
    {
        if (OperatingSystem.IsWindows())
        {
            // No finer sleep without a multimedia timer: whole milliseconds are slept, the rest is spun.
            if (time.TotalMilliseconds > 2)
            {
                Pause(time - TimeSpan.FromMilliseconds(2));
            }

            return;
        }

        var request = new TimeSpec { Seconds = (nint)(time.Ticks / TimeSpan.TicksPerSecond), Nanoseconds = (nint)(time.Ticks % TimeSpan.TicksPerSecond * 100) };
        _ = NanoSleep(request, 0);
    }

#pragma warning disable RS0030 // A thread that sleeps is what this class is.
    private static void Pause(TimeSpan time) => Thread.Sleep(time);
#pragma warning restore RS0030

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec request, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
