using System.Text;
using CsCheck;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Probes;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Probes;

public sealed class ProbesFuzzTests
{
    [Fact]
    public void A_damaged_file_is_read_or_refused_and_breaks_no_command()
    {
        using var scratch = new Scratch();
        var sample = Encoding.UTF8.GetBytes(SampleProbes.Text);
        string[][] commands =
        [
            ["tail", "--no-follow"], ["summary"], ["summary", "--json"], ["slow", "--over", "1"], ["slow", "--over", "0", "--json"],
            ["turn", "t1"], ["turn", "3", "--json"], ["why", "--persona", "Bo"], ["why", "--persona", "Zoë", "--json"],
        ];
        string[] pieces = ["\\ud800", "\"", "\\", "\n", "{}", "[]", "null", "1e999", "-1", "\u001b[2J", "\\u001b[2J", "\"seq\":1.5", "true", "}", ","];
        var damage = Gen.Select(Gen.Int[0, sample.Length - 1], Gen.Int[0, 40], Gen.Int[0, pieces.Length - 1]);
        var held = 0;

        Gen.Select(damage.Array[1, 12], Gen.Int[0, commands.Length - 1]).Sample(
            (damages, command) =>
            {
                var bytes = sample.ToList();
                foreach (var (at, length, piece) in damages)
                {
                    var from = Math.Min(at, bytes.Count - 1);
                    bytes.RemoveRange(from, Math.Min(length, bytes.Count - from - 1));
                    bytes.InsertRange(from, Encoding.UTF8.GetBytes(pieces[piece]));
                }

                var run = Run(["probes", commands[command][0], scratch.Write("run.jsonl", [.. bytes]), .. commands[command][1..]]);
                held += run.Code == ExitCodes.Held ? 1 : 0;
                (run.Code is ExitCodes.Held or ExitCodes.Unusable).ShouldBeTrue(run.Error);
                if (run.Code == ExitCodes.Unusable)
                {
                    run.Output.ShouldBeEmpty();
                    Refusal.LineOf(run.Error);
                }

                run.Output.ShouldNotContain("\u001b");
            },
            iter: 1_000,
            threads: 1);
        held.ShouldBeGreaterThan(600, "most of a damaged file is read");
    }

    private static (int Code, string Output, string Error) Run(string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var console = new CommandConsole { Input = Stream.Null, Output = output, Error = error };
        var bodies = new CommandBodies
        {
            Chat = (_, _, _) => throw new InvalidOperationException("not asked for"),
            Replay = (_, _, _) => throw new InvalidOperationException("not asked for"),
            Stress = (_, _, _) => throw new InvalidOperationException("not asked for"),
            Probes = new()
            {
                List = ListBody.RunAsync,
                Tail = TailBody.RunAsync,
                Summary = SummaryBody.RunAsync,
                Slow = SlowBody.RunAsync,
                Turn = TurnBody.RunAsync,
                Why = WhyBody.RunAsync,
            },
            DoctorEngine = (_, _, _) => throw new InvalidOperationException("not asked for"),
        };
        var code = PolyphonyProgram.RunAsync(args, console, bodies, TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        return (code, output.ToString(), error.ToString());
    }
}
