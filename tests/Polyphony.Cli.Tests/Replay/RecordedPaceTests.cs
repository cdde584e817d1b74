using Polyphony.Cli.Replay;

namespace Polyphony.Cli.Tests.Replay;

public sealed class RecordedPaceTests
{
    [Theory]
    [InlineData("12:18:00 12:18:03", 3)]
    [InlineData("12:18:00 12:18:00", 0)]
    [InlineData("12:18:00 12:25:00", 60)]
    [InlineData("23:59:50 00:00:10", 20)]
    [InlineData("12:18:30 12:18:10", 0)]
    [InlineData("00:00:05 23:59:55", 60)]
    public void Times_without_a_date_wrap_at_midnight_and_never_go_back(string times, int seconds)
    {
        var pace = new RecordedPace();
        var gaps = times.Split(' ').Select(t => pace.GapBefore(new(null, TimeOnly.ParseExact(t, "HH:mm:ss", null)))).ToList();

        gaps.ShouldBe([TimeSpan.Zero, TimeSpan.FromSeconds(seconds)]);
    }

    [Fact]
    public void Times_with_a_date_are_as_far_apart_as_they_are()
    {
        var pace = new RecordedPace();
        var midnight = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        int[] seconds = [0, 5, 3, 86_400 + 4, 86_400 + 14];

        seconds.Select(s => pace.GapBefore(RecordedTime.Of(midnight.AddSeconds(s))).TotalSeconds).ShouldBe([0, 5, 0, 60, 10]);
    }
}
