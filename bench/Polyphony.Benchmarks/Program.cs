using System.Globalization;
using BenchmarkDotNet.Running;
using Polyphony.Benchmarks;

if (args is ["probe-load", .. var rest])
{
    await ProbeLoad.RunAsync(Number(rest, 0, 500_000), Number(rest, 1, 10));
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}

static int Number(string[] args, int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
