namespace Polyphony.Cli.Tests.Probes;

/// <summary>A probe file with one of everything: turns that speak, pass, fail and are overtaken, a foreign line, and a last line that was cut off.</summary>
internal static class SampleProbes
{
    public const int Records = 70;

    public const int Skipped = 2;

    public static string Text
    {
        get
        {
            var file = new ProbeFileWriter().Begin();
            file.Turn("Ada", 1, 1, 50_000)
                .Turn("Zoë", 2, 1, 20_000, "passed", "nothing to add")
                .Line("Unhandled exception. System.Exception: somebody wrote to this file too")
                .Turn("Ada", 3, 2, 100_000)
                .Turn("Bo", 4, 2, 1_000, "failed", "HttpRequestException")
                .Turn("Zoë", 5, 2, 20_000, "passed", "nothing to add")
                .Turn("Bo", 6, 3, 2_000, "superseded", "a human spoke");
            file.About = (null, "lobby", null, 7);
            file.Event("floor.refuse", "nobody is given the floor", ("reason", "a turn is open"), ("holder", "Ada"), ("waiting", 2));
            file.Timing("room.append", 15);
            file.Event("probe.dropped", "the queue was full", ("count", 3));
            return file.WithoutEnd("""{"at":"2026-11-24T10:00:01.000000Z","mono_us":12""").ToString();
        }
    }
}
