namespace Polyphony.Cli.Commands;

/// <summary>Standard input, also where it was closed before the program began.</summary>
internal static class StandardInput
{
    private const string Descriptors = "/proc/self/fd";
    private const int AccessMode = 3;
    private const int WriteOnly = 1;

    /// <summary>The one of this process. A closed one is one that has ended.</summary>
    public static Stream OfProcess() => OperatingSystem.IsLinux() && IsOwnPipe() ? Stream.Null : Console.OpenStandardInput();

    /// <summary>Where the descriptor was free, the runtime has put a pipe of its own there, which it holds by both ends: to read it is to wait for ever.</summary>
    private static bool IsOwnPipe()
    {
        if (new FileInfo($"{Descriptors}/0").LinkTarget is not { } pipe || !pipe.StartsWith("pipe:", StringComparison.Ordinal))
        {
            return false;
        }

        return Directory.EnumerateFileSystemEntries(Descriptors).Any(descriptor => new FileInfo(descriptor).LinkTarget == pipe && IsWriteEnd(Path.GetFileName(descriptor)));
    }

    private static bool IsWriteEnd(string descriptor)
    {
        var flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").First(line => line.StartsWith("flags:", StringComparison.Ordinal))["flags:".Length..].Trim();
        return ((flags[^1] - '0') & AccessMode) == WriteOnly;
    }
}
