using System.Reflection;
using System.Reflection.Emit;
using Polyphony.Cli.Chat;
using Polyphony.Cli.Evaluate;
using Polyphony.Cli.Replay;
using Polyphony.Cli.Stress;
using Polyphony.Hosting;
using Polyphony.Rooms;
using Polyphony.Testing.Gguf;
using Polyphony.Testing.Stress;
using Polyphony.Turns;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>
/// What this catches: a command with a shortcut of its own, so that what is measured is not what people use. Read from the compiled code: who opens rooms and makes
/// loops and pipelines, and who leads there.
/// </summary>
public sealed class OneWayInTests
{
    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    private static readonly Assembly[] Shipped = [typeof(Room).Assembly, typeof(StressBaseline).Assembly, typeof(ChatBody).Assembly];

    [Fact]
    public void Only_the_hosted_room_puts_rooms_loops_and_pipelines_together_but_for_the_scripted_arrangement()
    {
        CallersOf(typeof(Room), nameof(Room.OpenAsync)).ShouldBe([typeof(HostedRoom)]);
        CallersOf(typeof(PersonaLoop), ".ctor").ShouldBe([typeof(HostedRoom), StressType("StressScript")], ignoreOrder: true);

        // The x-ray runs the same pipeline up to the model, for a room that nobody has open.
        CallersOf(typeof(TurnPipeline), ".ctor").ShouldBe([typeof(HostedRoom), typeof(PromptXRay), StressType("StressStage")], ignoreOrder: true);
    }

    [Fact]
    public void Stress_chat_replay_and_evaluate_start_the_same_hosted_room()
    {
        CallersOf(typeof(HostedRoom), nameof(HostedRoom.StartAsync)).ShouldBe(
            [typeof(Polyphony.Cli.Models.LiveRoom), StressType("StressStage"), typeof(ConductStage), typeof(SecondMessage)], ignoreOrder: true);
        CallersOf(typeof(Polyphony.Cli.Models.LiveRoom), "OpenAsync").ShouldBe([typeof(ChatBody), typeof(ReplayBody)], ignoreOrder: true);
        CallersOf(typeof(StressBaseline), nameof(StressBaseline.RunAsync)).ShouldBe([typeof(StressBody)]);
    }

    [Fact]
    public void The_program_reaches_the_doubles_only_from_the_commands_that_script_models()
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

        // A made model file is a file, and no double: whoever opens it asks for that file.
        static bool IsDouble(Type? type) => type?.Assembly == typeof(StressBaseline).Assembly && type.Namespace != typeof(GgufModelMaker).Namespace;
        var reaching = typeof(ChatBody).Assembly.GetTypes()
            .Where(type => type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)).SelectMany(Calls).Any(called => IsDouble(called.DeclaringType))
                || type.GetFields(All).Any(field => IsDouble(field.FieldType)) || IsDouble(type.BaseType))
            .Select(type => Outermost(type).Namespace)
            .Distinct()
            .ToArray();

        reaching.ShouldBe(["Polyphony.Cli.Evaluate", "Polyphony.Cli.Stress"], ignoreOrder: true);
    }

    private static Type StressType(string name) => typeof(StressBaseline).Assembly.GetType($"Polyphony.Testing.Stress.{name}", throwOnError: true)!;

    private static HashSet<Type> CallersOf(Type type, string member)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var callers = new HashSet<Type>();
        foreach (var caller in Shipped.SelectMany(a => a.GetTypes()))
        {
            var methods = caller.GetMethods(All).Cast<MethodBase>().Concat(caller.GetConstructors(All));
            if (methods.Any(method => Calls(method).Any(called => called.DeclaringType == type && called.Name == member)))
            {
                callers.Add(Outermost(caller));
            }
        }

        callers.Remove(type);
        return callers;
    }

    // An async method is compiled into a type of its own, nested in the one that people wrote.
    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        var il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at < il.Length;)
        {
            var value = il[at] == 0xFE ? (short)((0xFE << 8) | il[at + 1]) : il[at];
            var code = OpCodesByValue[value];
            at += code.Size;
            if (code.OperandType == OperandType.InlineMethod && Resolve(method, BitConverter.ToInt32(il, at)) is { } called)
            {
                yield return called;
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    private static MethodBase? Resolve(MethodBase method, int token)
    {
        var typeArguments = method.DeclaringType is { IsGenericType: true } generic ? generic.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return method.Module.ResolveMethod(token, typeArguments, methodArguments);
    }
}
