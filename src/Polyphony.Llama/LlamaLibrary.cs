using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Polyphony.Llama.Native;

namespace Polyphony.Llama;

/// <summary>The llama.cpp library, loaded. There is one in a process, for as long as the process lives. Thread-safe.</summary>
public sealed unsafe class LlamaLibrary
{
    /// <summary>The environment variable that names another folder with the library.</summary>
    public const string PathVariable = "POLYPHONY_LLAMA_PATH";

    private static readonly Lock Gate = new();
    private static LlamaLibrary? _loaded;
    private static string? _bound;
    private static nint _llama;
    private static nint _ggml;

    static LlamaLibrary() => NativeLibrary.SetDllImportResolver(typeof(LlamaLibrary).Assembly, Resolve);

    private LlamaLibrary(EngineFiles files, string version, string cpuBackend)
    {
        Directory = files.Directory;
        Version = version;
        CpuBackend = cpuBackend;
        SystemInfo = Marshal.PtrToStringUTF8((nint)NativeMethods.llama_print_system_info()) ?? "";
        MaxSequences = (int)NativeMethods.llama_max_parallel_sequences();
    }

    /// <summary>The folder it came from.</summary>
    public string Directory { get; }

    /// <summary>Its version, as it says it: <c>0.4.0-dev</c>.</summary>
    public string Version { get; }

    /// <summary>The processor backend it chose for this machine, by its file: <c>ggml-cpu-zen4</c>.</summary>
    public string CpuBackend { get; }

    /// <summary>What it says about the instructions it uses.</summary>
    public string SystemInfo { get; }

    /// <summary>The most sequences a context can have.</summary>
    public int MaxSequences { get; }

    /// <summary>Loads the library, or gives the one that is loaded. The logger of the latest call that names one gets the lines.</summary>
    /// <exception cref="LlamaException">
    /// <see cref="LlamaFault.EngineMissing"/> or <see cref="LlamaFault.EngineWrong"/>. Another folder may be tried then, unless it is the backends that do not run here.
    /// </exception>
    /// <exception cref="InvalidOperationException">The library was loaded from another folder before.</exception>
    public static LlamaLibrary Load(LlamaLibraryOptions? options = null)
    {
        options ??= new();
        var directory = options.Directory
            ?? (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "llama"));
        lock (Gate)
        {
            var files = EngineFiles.Find(directory);
            if (_bound is { } bound && bound != files.Directory)
            {
                throw new InvalidOperationException($"llama.cpp was loaded from '{bound}' and a process has one; start another process for '{files.Directory}'");
            }

            NativeLog.Logger = options.Logger ?? NativeLog.Logger;
            return _loaded ??= LoadFrom(files);
        }
    }

    /// <summary>Runs an act that may fail in native code, alone in the process, and gives the lines that were logged during it.</summary>
    internal static IReadOnlyList<string> Logged(Action act)
    {
        lock (Gate)
        {
            return NativeLog.During(act);
        }
    }

    private static LlamaLibrary LoadFrom(EngineFiles files)
    {
        var (llama, ggml, version) = Open(files);
        (_bound, _llama, _ggml) = (files.Directory, llama, ggml);
        NativeLog.Attach();
        DoNotStartADebugger();
        var lines = NativeLog.During(() =>
        {
            fixed (byte* directory = Encoding.UTF8.GetBytes(files.Directory + '\0'))
            {
                NativeMethods.ggml_backend_load_all_from_path(directory);
            }

            NativeMethods.llama_backend_init();
        });
        return NativeMethods.ggml_backend_dev_count() > 0
            ? new(files, version, CpuBackendIn(lines))
            : throw EngineAbi.Wrong(files.Llama, "none of the backends beside it (ggml-cpu-…) runs on this machine");
    }

    private static (nint Llama, nint Ggml, string Version) Open(EngineFiles files)
    {
        var llama = Open(files.Llama);
        nint ggml = 0;
        try
        {
            ggml = Open(files.Ggml);
            return (llama, ggml, EngineAbi.Check(files, llama, ggml));
        }
        catch
        {
            NativeLibrary.Free(llama);
            if (ggml != 0)
            {
                NativeLibrary.Free(ggml);
            }

            throw;
        }
    }

    private static nint Open(string file)
    {
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (Exception unusable) when (unusable is DllNotFoundException or BadImageFormatException)
        {
            throw EngineAbi.Wrong(file, "the system cannot load it", unusable);
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) => name switch
    {
        NativeMethods.Llama => _llama,
        NativeMethods.Ggml => _ggml,
        _ => 0,
    };

    /// <summary>When the library gives up, it starts a debugger for a stack trace, and that takes seconds and stops the process meanwhile.</summary>
    private static void DoNotStartADebugger()
    {
        if (!OperatingSystem.IsWindows())
        {
            fixed (byte* name = "GGML_NO_BACKTRACE\0"u8, value = "1\0"u8)
            {
                _ = NativeMethods.setenv(name, value, 0);
            }
        }
    }

    /// <summary>The library tells which file it chose, and has no function that does.</summary>
    internal static string CpuBackendIn(IEnumerable<string> lines)
    {
        const string Mark = "loaded CPU backend from ";
        var line = lines.FirstOrDefault(line => line.Contains(Mark, StringComparison.Ordinal)) ?? $"{Mark}ggml-cpu";
        var file = Path.GetFileNameWithoutExtension(line[(line.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..].Replace('\\', '/').Split('/')[^1].Trim());
        return file.StartsWith("lib", StringComparison.Ordinal) ? file[3..] : file;
    }
}
