using Microsoft.Extensions.Logging;
using Polyphony.Testing.Gguf;

// The library has one log in a process, and a test that reads it must be alone.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Polyphony.Llama.Tests;

/// <summary>The engine for a test. Where it is not on the machine, the test is skipped with the line that says how to get it; under CI it fails.</summary>
internal static class Engine
{
    public static LlamaLibrary Load(ILogger? logger = null)
    {
        try
        {
            return LlamaLibrary.Load(new() { Logger = logger });
        }
        catch (LlamaException missing) when (missing.Fault == LlamaFault.EngineMissing && Environment.GetEnvironmentVariable("CI") is null or "" or "false")
        {
            Assert.Skip(missing.Message);
            throw;
        }
    }

    /// <summary>A model of the specification, made in the folder and opened.</summary>
    public static LlamaModel Open(Scratch scratch, GgufModelSpec? spec = null)
    {
        var library = Load();
        var path = scratch.At("model.gguf");
        GgufModelMaker.Write(spec ?? new(), path);
        return LlamaModel.Open(library, path);
    }

    public static LlamaFault FaultOf(Action act) => Should.Throw<LlamaException>(act).Fault;
}
