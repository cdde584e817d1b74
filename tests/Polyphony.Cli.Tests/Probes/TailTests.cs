using System.Diagnostics;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Probes;

public sealed class TailTests
{
    [Fact]
    public async Task A_person_reads_a_line_for_each_record()
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "tail", scratch.Write("run.jsonl", SampleProbes.Text), "--no-follow");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.Count(c => c == '\n').ShouldBe(SampleProbes.Records);
        await Golden.ShouldBeAsync("tail.txt", run.Output);
    }

    [Theory]
    [InlineData("persona.turn.spoke", null, 2)]
    [InlineData("persona.turn", null, 12)]
    [InlineData("persona", "Zoë", 4)]
    [InlineData("persona.turn.silent,floor", null, 10)]
    [InlineData("*", "Bo", 22)]
    [InlineData("", null, SampleProbes.Records)]
    public async Task Scripts_get_the_records_that_they_ask_for_unchanged(string classes, string? persona, int count)
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync(
            ["probes", "tail", scratch.Write("run.jsonl", SampleProbes.Text), "--no-follow", "--json", "--class", classes, .. persona is null ? Array.Empty<string>() : ["--persona", persona]]);

        run.ExitCode.ShouldBe(0, run.Error);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(count);
        lines.ShouldBeSubsetOf(SampleProbes.Text.Split('\n'));
    }

    [Theory]
    [InlineData("Zoe", "near: Zoë")]
    [InlineData("Everybody", "there are: Ada, Bo, Zoë")]
    public async Task A_persona_who_is_not_in_the_file_is_refused_with_those_who_come_near(string persona, string near)
    {
        // What this catches: a slip in a name that looks like a persona who did nothing.
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "tail", scratch.Write("run.jsonl", SampleProbes.Text), "--no-follow", "--persona", persona);

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldStartWith($"--persona: nobody is called '{persona}' in this file; {near}");
    }

    [Fact]
    public async Task A_persona_who_is_there_and_has_no_record_of_the_class_is_not_refused()
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "tail", scratch.Write("run.jsonl", SampleProbes.Text), "--no-follow", "--persona", "Bo", "--class", "room.fault");

        run.ExitCode.ShouldBe(0, run.Error);
        (run.Output, run.Error).ShouldBe(("", ""));
    }

    [Fact]
    public async Task Who_follows_is_told_that_a_persona_is_not_there_yet_and_sees_it_come()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(ProgramProcess.Limit);
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", SampleProbes.Text);
        using var tail = Process.Start(ProgramProcess.StartOf("probes", "tail", file, "--persona", "Zoe", "--json")).ShouldNotBeNull();
        try
        {
            (await tail.StandardError.ReadLineAsync(limit.Token)).ShouldNotBeNull().ShouldContain("nobody is called 'Zoe' in this file; near: Zoë");
            var line = SampleProbes.Text.Split('\n').First(l => l.Contains("\"Bo\"", StringComparison.Ordinal)).Replace("\"Bo\"", "\"Zoe\"", StringComparison.Ordinal);
            await File.AppendAllTextAsync(file, $"\n{line}\n", limit.Token);
            (await tail.StandardOutput.ReadLineAsync(limit.Token)).ShouldBe(line);
        }
        finally
        {
            tail.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task It_follows_the_file_also_when_a_new_one_takes_its_place_until_it_is_stopped()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a process is stopped by a signal here");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(ProgramProcess.Limit);
        var cancel = limit.Token;
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", new ProbeFileWriter().Begin().Event("room.decide", "one").ToString());
        using var tail = Process.Start(ProgramProcess.StartOf("probes", "tail", file, "--class", "room", "--json")).ShouldNotBeNull();
        try
        {
            (await tail.StandardOutput.ReadLineAsync(cancel)).ShouldNotBeNull().ShouldContain("one");

            var two = new ProbeFileWriter().Event("room.decide", "two").ToString();
            await File.AppendAllTextAsync(file, two[..30], cancel);
            await File.AppendAllTextAsync(file, two[30..], cancel);
            (await tail.StandardOutput.ReadLineAsync(cancel)).ShouldNotBeNull().ShouldContain("two");

            await File.AppendAllTextAsync(file, new ProbeFileWriter().Event("room.decide", "three").ToString(), cancel);
            File.Move(file, scratch.At("run.1.jsonl"));
            await File.WriteAllTextAsync(scratch.At("next"), new ProbeFileWriter().Wait(5e6).Event("room.decide", "four").ToString(), cancel);
            File.Move(scratch.At("next"), file);
            (await tail.StandardOutput.ReadLineAsync(cancel)).ShouldNotBeNull().ShouldContain("three");
            (await tail.StandardOutput.ReadLineAsync(cancel)).ShouldNotBeNull().ShouldContain("four");

            using var stop = Process.Start("kill", ["-TERM", $"{tail.Id}"]);
            await tail.WaitForExitAsync(cancel);
            tail.ExitCode.ShouldBe(0);
            (await tail.StandardOutput.ReadToEndAsync(cancel)).ShouldBeEmpty();
            (await tail.StandardError.ReadToEndAsync(cancel)).ShouldBeEmpty();
        }
        finally
        {
            if (!tail.HasExited)
            {
                tail.Kill(entireProcessTree: true);
            }
        }
    }
}
