using Polyphony.Cli.Commands;

using var stop = new StopSignal();
var bodies = new CommandBodies { Chat = Unwritten, Replay = Unwritten, Stress = Unwritten };
return await PolyphonyProgram.RunAsync(args, CommandConsole.OfProcess(), bodies, stop.Token);

static Task<int> Unwritten(object options, CommandConsole console, CancellationToken cancel) =>
    throw new NotImplementedException($"the body for {options.GetType().Name} is not written");
