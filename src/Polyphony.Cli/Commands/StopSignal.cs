using System.Runtime.InteropServices;

namespace Polyphony.Cli.Commands;

/// <summary>Turns the first Ctrl-C or termination signal into a cancellation; the second one ends the process at once.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignal() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

    /// <summary>Cancelled when the process is asked to end.</summary>
    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        if (!_stop.IsCancellationRequested)
        {
            signal.Cancel = true;
            _stop.Cancel();
        }
    }
}
