using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Polyphony.Llama.Native;

namespace Polyphony.Llama.Tests;

public sealed class LlamaLibraryTests
{
    [Fact]
    public void The_library_is_loaded_once_and_says_what_it_is()
    {
        var library = Engine.Load();

        library.ShouldBeSameAs(Engine.Load());
        EngineAbi.RequireVersion("", library.Version);
        library.CpuBackend.ShouldStartWith("ggml-cpu");
        library.SystemInfo.ShouldContain("CPU");
        library.MaxSequences.ShouldBeGreaterThanOrEqualTo(64);
        using var elsewhere = CopyOf(library, "libllama.so", "libggml.so");
        Should.Throw<InvalidOperationException>(() => LlamaLibrary.Load(new() { Directory = elsewhere.Path }));
    }

    [Fact]
    public void A_folder_without_it_is_one_line_that_says_how_to_get_it()
    {
        using var scratch = new Scratch();
        foreach (var directory in (string[])[scratch.Path, scratch.At("nowhere")])
        {
            var missing = Should.Throw<LlamaException>(() => LlamaLibrary.Load(new() { Directory = directory }));
            missing.Fault.ShouldBe(LlamaFault.EngineMissing);
            missing.Message.ShouldBe(
                $"the local engine is not here: no llama library in '{directory}'; with npm and a network, 'npm ci --ignore-scripts' in native/ and a build bring it, "
                + "or set POLYPHONY_LLAMA_PATH to a folder with llama.cpp 0.4.0 or 0.5.0");
        }
    }

    [Theory]
    [InlineData("0.4.0", true)]
    [InlineData("0.4.0-dev", true)]
    [InlineData("0.5.0-dev", true)]
    [InlineData("0.6.0", false)]
    [InlineData("0.4.01", false)]
    [InlineData("", false)]
    public void Only_versions_whose_structs_are_known_are_taken(string version, bool known)
    {
        if (known)
        {
            EngineAbi.RequireVersion("x", version);
        }
        else
        {
            Engine.FaultOf(() => EngineAbi.RequireVersion("x", version)).ShouldBe(LlamaFault.EngineWrong);
        }
    }

    // What this catches: a library of a known version whose structs have a field more or less. Its defaults come out shifted.
    [Fact]
    public void Defaults_that_are_shifted_by_a_field_are_refused()
    {
        Engine.Load();
        var model = new byte[256];
        var context = new byte[256];
        MemoryMarshal.Write(model, NativeMethods.llama_model_default_params());
        MemoryMarshal.Write(context, NativeMethods.llama_context_default_params());
        EngineAbi.RequireDefaults("x", model, context);

        Engine.FaultOf(() => EngineAbi.RequireDefaults("x", [.. new byte[8], .. model], context)).ShouldBe(LlamaFault.EngineWrong);
        Engine.FaultOf(() => EngineAbi.RequireDefaults("x", model, [.. context[..24], .. context[28..], 0, 0, 0, 0])).ShouldBe(LlamaFault.EngineWrong);
        Engine.FaultOf(() => EngineAbi.RequireDefaults("x", new byte[256], new byte[256])).ShouldBe(LlamaFault.EngineWrong);
    }

    [Fact]
    public void The_structs_are_laid_out_as_the_header_says()
    {
        Unsafe.SizeOf<NativeModelParams>().ShouldBe(80);
        Offset<NativeModelParams>(nameof(NativeModelParams.GpuLayers)).ShouldBe(16);
        Offset<NativeModelParams>(nameof(NativeModelParams.LoadMode)).ShouldBe(24);
        Offset<NativeModelParams>(nameof(NativeModelParams.TensorSplit)).ShouldBe(40);
        Offset<NativeModelParams>(nameof(NativeModelParams.KeyValueOverrides)).ShouldBe(64);
        Offset<NativeModelParams>(nameof(NativeModelParams.VocabOnly)).ShouldBe(72);
        Offset<NativeModelParams>(nameof(NativeModelParams.LoadMtp)).ShouldBe(77);
        Unsafe.SizeOf<NativeContextParams>().ShouldBe(160);
        Offset<NativeContextParams>(nameof(NativeContextParams.Outputs)).ShouldBe(20);
        Offset<NativeContextParams>(nameof(NativeContextParams.Threads)).ShouldBe(28);
        Offset<NativeContextParams>(nameof(NativeContextParams.FlashAttentionType)).ShouldBe(52);
        Offset<NativeContextParams>(nameof(NativeContextParams.YarnOriginalContext)).ShouldBe(80);
        Offset<NativeContextParams>(nameof(NativeContextParams.EvaluationCallback)).ShouldBe(88);
        Offset<NativeContextParams>(nameof(NativeContextParams.KeyType)).ShouldBe(104);
        Offset<NativeContextParams>(nameof(NativeContextParams.AbortCallback)).ShouldBe(112);
        Offset<NativeContextParams>(nameof(NativeContextParams.Embeddings)).ShouldBe(128);
        Offset<NativeContextParams>(nameof(NativeContextParams.UnifiedCache)).ShouldBe(133);
        Offset<NativeContextParams>(nameof(NativeContextParams.Samplers)).ShouldBe(136);
        Offset<NativeContextParams>(nameof(NativeContextParams.OtherContext)).ShouldBe(152);
        Unsafe.SizeOf<NativeBatch>().ShouldBe(56);
        Offset<NativeBatch>(nameof(NativeBatch.Tokens)).ShouldBe(8);
        Offset<NativeBatch>(nameof(NativeBatch.Positions)).ShouldBe(24);
        Offset<NativeBatch>(nameof(NativeBatch.SequenceCounts)).ShouldBe(32);
        Offset<NativeBatch>(nameof(NativeBatch.Sequences)).ShouldBe(40);
        Offset<NativeBatch>(nameof(NativeBatch.Outputs)).ShouldBe(48);
    }

    [Fact]
    public void What_the_library_logs_goes_to_the_logger_line_by_line()
    {
        var logger = new KeepingLogger();
        Engine.Load(logger);
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        Engine.Load(logger);
        using var context = LlamaContext.Create(model, new() { ContextTokens = 256, BatchTokens = 64, MicroBatchTokens = 64 });

        var lines = logger.Lines;
        lines.ShouldContain(line => line.Text.Contains("llama_context", StringComparison.Ordinal));
        lines.ShouldAllBe(line => line.Text.Length > 0 && !line.Text.Contains('\n'));
    }

    [Fact]
    public void A_line_that_comes_in_parts_is_one_and_keeps_its_level()
    {
        Engine.Load();
        var logger = new KeepingLogger();
        Engine.Load(logger);

        NativeLog.Take(4, "it broke");
        NativeLog.Take(5, " here\nand there");
        NativeLog.Take(3, "a warning\n");

        logger.Lines.ShouldBe([(LogLevel.Error, "it broke here"), (LogLevel.Error, "and there"), (LogLevel.Warning, "a warning")]);
    }

    [Theory]
    [InlineData("load_backend: loaded CPU backend from /somewhere/llama/libggml-cpu-zen4.so", "ggml-cpu-zen4")]
    [InlineData("load_backend: loaded CPU backend from C:\\somewhere\\ggml-cpu-haswell.dll", "ggml-cpu-haswell")]
    [InlineData("nothing of the kind", "ggml-cpu")]
    public void The_processor_backend_is_known_by_its_file(string line, string backend) => LlamaLibrary.CpuBackendIn(["another", line]).ShouldBe(backend);

    [Fact]
    public void The_lock_file_names_versions_and_hashes_and_no_address()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "native", "package-lock.json"));

        text.ShouldNotContain("resolved");
        text.ShouldNotContain("://");
        text.ShouldContain("\"integrity\": \"sha512-");
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "native", "package.json")).ShouldNotMatch("[\\^~]", "versions are exact");
    }

    private static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);

    internal static Scratch CopyOf(LlamaLibrary library, params string[] names)
    {
        var scratch = new Scratch();
        var some = Directory.EnumerateFiles(library.Directory).First(file => Path.GetFileName(file).Contains("ggml-base", StringComparison.Ordinal));
        foreach (var name in names)
        {
            File.Copy(some, scratch.At(name));
        }

        return scratch;
    }

    private sealed class KeepingLogger : ILogger
    {
        private readonly List<(LogLevel Level, string Text)> _lines = [];

        public IReadOnlyList<(LogLevel Level, string Text)> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add((logLevel, formatter(state, exception)));
            }
        }
    }
}
