using Polyphony.Cli.Chat;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Replay;
using Polyphony.Cli.Stress;

using var stop = new StopSignal();
var bodies = new CommandBodies { Chat = ChatBody.RunAsync, Replay = ReplayBody.RunAsync, Stress = StressBody.RunAsync };
return await PolyphonyProgram.RunAsync(args, CommandConsole.OfProcess(), bodies, stop.Token);
