using System.Text.Json;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Llama;
using Polyphony.Testing.Gguf;

namespace Polyphony.Cli.Tests.EndToEnd;

public sealed class DoctorTests
{
    private static string Engine => Path.Combine(AppContext.BaseDirectory, "llama");

    [Fact]
    public async Task The_engine_is_checked_with_a_model_that_is_made()
    {
        NeedsEngine();

        var run = await ProgramProcess.RunAsync("doctor", "engine");

        run.Error.ShouldBeEmpty();
        run.ExitCode.ShouldBe(ExitCodes.Held, run.Output);
        run.Output.ShouldStartWith("The local engine works: llama.cpp 0.");
        run.Output.ShouldContain("tok/s");
        run.Output.ShouldNotContain("\u001b", Case.Sensitive, "colour is for terminals");
    }

    [Fact]
    public async Task The_engine_is_checked_with_a_model_that_is_given()
    {
        NeedsEngine();
        using var scratch = new Scratch();
        GgufModelMaker.Write(new() { Weights = GgufType.Q8, Seed = 5 }, scratch.At("given.gguf"));

        var run = await ProgramProcess.RunAsync("doctor", "engine", "--model", scratch.At("given.gguf"), "--json");

        run.Error.ShouldBeEmpty();
        run.ExitCode.ShouldBe(ExitCodes.Held, run.Output);
        using var json = JsonDocument.Parse(run.Output);
        json.RootElement.GetProperty("held").GetBoolean().ShouldBeTrue();
        json.RootElement.GetProperty("model").GetProperty("file").GetString().ShouldBe(scratch.At("given.gguf"));
        json.RootElement.GetProperty("engine").GetProperty("cpuBackend").GetString().ShouldStartWith("ggml-cpu");
        json.RootElement.GetProperty("checks").GetArrayLength().ShouldBe(3);
        json.RootElement.GetProperty("speed").GetProperty("decodeTokPerSec").GetDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_missing_engine_is_one_line_that_says_how_to_get_it()
    {
        using var scratch = new Scratch();

        var line = await NotHeldAsync(scratch.Path);

        line.ShouldContain(scratch.Path);
        line.ShouldContain("npm ci --ignore-scripts");
        line.ShouldContain(LlamaLibrary.PathVariable);
    }

    // What this catches: text in the library's place is refused by the system, another library by what it lacks, and neither by a crash.
    [Fact]
    public async Task Another_library_in_its_place_is_one_line()
    {
        using var scratch = new Scratch();
        scratch.Write("libllama.so", "not a library");
        scratch.Write("libggml.so", "not a library");
        (await NotHeldAsync(scratch.Path)).ShouldContain("cannot load it");

        NeedsEngine();
        var other = Directory.EnumerateFiles(Engine).First(file => Path.GetFileName(file).Contains("ggml-base", StringComparison.Ordinal));
        scratch.Write("libllama.so", await File.ReadAllBytesAsync(other, TestContext.Current.CancellationToken));
        scratch.Write("libggml.so", await File.ReadAllBytesAsync(other, TestContext.Current.CancellationToken));
        (await NotHeldAsync(scratch.Path)).ShouldContain("it has no llama_version");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a text", "not a GGUF file")]
    [InlineData("GGUF\u0003\0\0\0\u0001", "cut off")]
    public async Task A_model_that_cannot_be_used_is_refused_in_one_line(string content, string problem)
    {
        NeedsEngine();
        using var scratch = new Scratch();
        var model = scratch.Write("bad.gguf", content);

        var run = await ProgramProcess.RunAsync("doctor", "engine", "--model", model);

        run.ExitCode.ShouldBe(ExitCodes.Unusable);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain(problem);
        run.Error.ShouldStartWith("--model: ");
    }

    private static async Task<string> NotHeldAsync(string engine)
    {
        var run = await ProgramProcess.RunInEnvironmentAsync(new Dictionary<string, string> { [LlamaLibrary.PathVariable] = engine }, "", "doctor", "engine");
        run.ExitCode.ShouldBe(ExitCodes.DidNotHold);
        run.Output.ShouldBeEmpty();
        return Refusal.LineOf(run.Error);
    }

    /// <summary>Where the engine was not fetched, the test is skipped with the line that says how; under CI it fails.</summary>
    private static void NeedsEngine() => Assert.SkipUnless(
        Directory.Exists(Engine) || Environment.GetEnvironmentVariable("CI") is not (null or "" or "false"),
        "the local engine is not here; with npm and a network, 'npm ci --ignore-scripts' in native/ and a build bring it");
}
