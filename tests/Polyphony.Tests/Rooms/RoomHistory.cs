using CsCheck;
using Polyphony.Floor;
using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>One kind of thing that can happen to a room.</summary>
internal enum HistoryMove
{
    HumanPosts,
    OutsiderPosts,
    PostsAgain,
    PostsWhatIsRefused,
    Joins,
    Leaves,
    Answers,
    AnswersLate,
    AnswersForAnother,
    Crashes,
    ClosesAndReopens,
}

/// <summary>
/// A step of a generated history. The numbers are choices among what there is when the step comes (open turns, personas, texts), taken modulo, so that
/// every step means something in every state and a shrunk history stays a history.
/// </summary>
/// <param name="Move">What happens.</param>
/// <param name="Who">Which persona, person or turn.</param>
/// <param name="What">Which text, outcome or set of rules.</param>
/// <param name="Acknowledged">Whether what was appended until now is durable after it; a crash may lose what is not.</param>
internal sealed record HistoryStep(HistoryMove Move, int Who, int What, bool Acknowledged);

/// <summary>A room's life, before it is lived.</summary>
/// <param name="Rules">What holds at first.</param>
/// <param name="LaterRules">What holds after some of the restarts.</param>
/// <param name="Personas">How many personas sit down at the beginning.</param>
/// <param name="Steps">What happens then.</param>
internal sealed record RoomHistory(RoomRules Rules, RoomRules LaterRules, int Personas, HistoryStep[] Steps)
{
    public static Gen<RoomHistory> Gen { get; } = MakeGen(RulesGen(CsCheck.Gen.OneOf(Everyone.PolicyName, OneAtATime.PolicyName)));

    public override string ToString() =>
        $"{Rules}\nlater {LaterRules}\n{Personas} personas\n{string.Join('\n', Steps.Select(s => $"  {s.Move} {s.Who} {s.What}{(s.Acknowledged ? "" : " (not durable)")}"))}";

    private static Gen<RoomHistory> MakeGen(Gen<RoomRules> rules) =>
        CsCheck.Gen.Select(rules, rules, CsCheck.Gen.Bool, CsCheck.Gen.Int[1, 4], StepGen().Array[1, 70])
            .Select((first, later, samePolicy, personas, steps) =>
                new RoomHistory(first, samePolicy ? later with { Floor = first.Floor } : later, personas, steps));

    private static Gen<RoomRules> RulesGen(Gen<string> policy) =>
        CsCheck.Gen.Select(
                policy, CsCheck.Gen.OneOf(0, 1, 2, 3, 5, 30), CsCheck.Gen.Bool, CsCheck.Gen.OneOf(1, 3, 16), CsCheck.Gen.OneOf(2, 5, 1_000, 1_000))
            .Select((floor, bound, offersPersonas, burst, backlog) => new RoomRules
            {
                Floor = floor,
                PersonaTurnBound = bound,
                OfferPersonaMessages = offersPersonas,
                BurstLimit = burst,
                Backlog = backlog,
            });

    private static Gen<HistoryStep> StepGen() =>
        CsCheck.Gen.Select(MoveGen(), CsCheck.Gen.Int[0, 999], CsCheck.Gen.Int[0, 999], CsCheck.Gen.Int[0, 9])
            .Select((move, who, what, tenth) => new HistoryStep(move, who, what, tenth < 5));

    private static Gen<HistoryMove> MoveGen() => CsCheck.Gen.Frequency(
        (22, HistoryMove.HumanPosts),
        (3, HistoryMove.OutsiderPosts),
        (2, HistoryMove.PostsAgain),
        (2, HistoryMove.PostsWhatIsRefused),
        (5, HistoryMove.Joins),
        (3, HistoryMove.Leaves),
        (46, HistoryMove.Answers),
        (3, HistoryMove.AnswersLate),
        (2, HistoryMove.AnswersForAnother),
        (2, HistoryMove.Crashes),
        (1, HistoryMove.ClosesAndReopens));
}
