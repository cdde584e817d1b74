using System.Globalization;
using BenchmarkDotNet.Running;
using Polyphony.Benchmarks;

switch (args)
{
    case ["probe-load", .. var rest]:
        return await ProbeLoad.RunAsync(Number(rest, 0, 500_000), Number(rest, 1, 10)) ? 0 : 1;
    case ["probe-writer", .. var rest]:
        await ProbeWriterCost.RunAsync(Number(rest, 0, 1_000_000));
        return 0;
    case ["engine-text", .. var rest]:
        EngineTextCost.Run(Number(rest, 0, 9));
        return 0;
    case ["engine-decode", .. var rest]:
        return await EngineDecode.RunAsync(Number(rest, 0, 64), Number(rest, 1, 9)) ? 0 : 1;
    case ["memory-load", .. var rest]:
        await MemoryLoad.RunAsync(Number(rest, 0, 100_000), Number(rest, 1, 1), Number(rest, 2, 1_000));
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}

static int Number(string[] args, int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
