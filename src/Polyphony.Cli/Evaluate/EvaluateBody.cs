using Polyphony.Cli.Commands;
using Polyphony.Cli.Models;

namespace Polyphony.Cli.Evaluate;

/// <summary>What <c>polyphony evaluate --conduct</c> does.</summary>
internal static class EvaluateBody
{
    public static async Task<int> RunAsync(EvaluateOptions options, CommandConsole console, CancellationToken cancel)
    {
        var results = new List<ConductResult>();
        foreach (var one in await ConductCases.ReadAsync(options.Cases, cancel))
        {
            cancel.ThrowIfCancellationRequested();
            results.Add(await ConductStage.RunAsync(one, cancel));
        }

        var report = new ConductReport(results, await SecondMessage.MuteAsync(SampleCards.Read(), cancel));
        await console.Output.WriteLineAsync(options.Json ? JsonReport.Text(report.Json()) : ConductTable.Text(report, console));
        return report.Holds ? ExitCodes.Held : ExitCodes.DidNotHold;
    }
}
