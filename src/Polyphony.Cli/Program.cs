using Polyphony.Cli.Bench;
using Polyphony.Cli.Chat;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Evaluate;
using Polyphony.Cli.Personas;
using Polyphony.Cli.Doctor;
using Polyphony.Cli.Probes;
using Polyphony.Cli.Prompts;
using Polyphony.Cli.Replay;
using Polyphony.Cli.Stress;
using Polyphony.Cli.Turns;

using var stop = new StopSignal();
var bodies = new CommandBodies
{
    Chat = ChatBody.RunAsync,
    Replay = ReplayBody.RunAsync,
    Stress = StressBody.RunAsync,
    Evaluate = EvaluateBody.RunAsync,
    Probes = new()
    {
        List = ListBody.RunAsync,
        Tail = TailBody.RunAsync,
        Summary = SummaryBody.RunAsync,
        Slow = SlowBody.RunAsync,
        Turn = TurnBody.RunAsync,
        Why = WhyBody.RunAsync,
    },
    PersonaMemory = PersonaMemoryBody.RunAsync,
    Turn = new() { Replay = TurnReplayBody.RunAsync },
    Prompt = PromptBody.RunAsync,
    DoctorEngine = EngineBody.RunAsync,
    BenchRoom = RoomBenchBody.RunAsync,
};
return await PolyphonyProgram.RunAsync(args, CommandConsole.OfProcess(), bodies, stop.Token);
