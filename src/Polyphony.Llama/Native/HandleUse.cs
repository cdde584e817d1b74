using System.Runtime.InteropServices;

namespace Polyphony.Llama.Native;

/// <summary>Keeps a handle from being released while a pointer that came from it is used.</summary>
internal readonly ref struct HandleUse
{
    private readonly SafeHandle _handle;

    /// <exception cref="ObjectDisposedException">It was disposed of before.</exception>
    public HandleUse(SafeHandle handle)
    {
        _handle = handle;
        var added = false;
        handle.DangerousAddRef(ref added);
    }

    public void Dispose() => _handle.DangerousRelease();
}
