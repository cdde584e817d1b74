using System.Globalization;
using CsCheck;
using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>What must hold in every room whatever happens to it; <see cref="RoomLedger"/> says what that is, one law at a time.</summary>
public sealed class RoomPropertyTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_history_keeps_the_laws_of_a_room() =>
        RoomHistory.Gen.Sample(history => { RoomWorld.Live(history); }, iter: 600, print: history => history.ToString());

    [Fact]
    public void The_same_history_twice_appends_the_same_bytes() =>
        RoomHistory.Gen.Sample(
            history =>
            {
                var first = RoomWorld.Live(history).Log.ConvertAll(RoomEventCodec.Encode);
                var second = RoomWorld.Live(history).Log.ConvertAll(RoomEventCodec.Encode);
                second.Count.ShouldBe(first.Count);
                for (var i = 0; i < first.Count; i++)
                {
                    second[i].AsSpan().SequenceEqual(first[i]).ShouldBeTrue($"group {i} differs");
                }
            },
            iter: 300,
            print: history => history.ToString());

    [Fact]
    public void A_room_folded_from_its_stored_log_equals_the_room_that_wrote_it() =>
        RoomHistory.Gen.Sample(
            history =>
            {
                var world = RoomWorld.Live(history);
                var copy = RoomCopies.FoldOf(world.Log.Select(RoomEventCodec.Encode));
                RoomCopies.Describe(copy).ShouldBe(RoomCopies.Describe(world.State));
            },
            iter: 600,
            print: history => history.ToString());

    [Fact]
    public void The_generator_reaches_the_interesting_cases()
    {
        // What this catches: laws that hold because nothing happens in the histories they are checked on.
        const int Histories = 700;
        var cases = new int[Enum.GetValues<HistoryCases>().Length];
        RoomHistory.Gen.Sample(
            history =>
            {
                var reached = RoomWorld.Live(history).Cases;
                for (var bit = 0; bit + 1 < cases.Length; bit++)
                {
                    if (reached.HasFlag((HistoryCases)(1 << bit)))
                    {
                        Interlocked.Increment(ref cases[bit]);
                    }
                }
            },
            iter: Histories,
            threads: 1);

        for (var bit = 0; bit + 1 < cases.Length; bit++)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(HistoryCases)(1 << bit),-14} {100.0 * cases[bit] / Histories,5:0.0} %"));
        }

        cases.SkipLast(1).Min().ShouldBeGreaterThanOrEqualTo(Histories / 20);
    }
}
