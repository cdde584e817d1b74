using System.Text;
using CsCheck;
using Polyphony.Cli.Probes;

namespace Polyphony.Cli.Tests.Probes;

public sealed class ProbeFileTests
{
    private const string Record = """{"at":"2026-11-24T10:00:00.000000Z","mono_us":1,"class":"room.decide","message":"m","fields":{}}""";

    [Theory]
    [InlineData("\n", 3, 0)]
    [InlineData("\r\n", 3, 0)]
    [InlineData("\n\n", 3, 2)]
    [InlineData("\nnothing of ours\n{\"json\":true}\n", 3, 4)]
    public void Lines_that_are_no_records_are_counted(string between, int records, int skipped)
    {
        Read(string.Join(between, Record, Record, Record)).ShouldBe(new ProbeCounts(records, skipped));
    }

    [Theory]
    [InlineData("""{"at":1,"mono_us":1,"class":"a.b","fields":{}}""")]
    [InlineData("""{"at":"x","mono_us":"1","class":"a.b","fields":{}}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"","fields":{}}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"a.b"}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"a.b","fields":[]}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"a.b","fields":{}}}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"\ud800","fields":{}}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"a.b","message":"\ud83c","fields":{}}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"a.b","fields":{"\uD83C":1}}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"timing","fields":{"seam":"a"}}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"timing","fields":{"seam":"a"},"duration_us":-1}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"timing","fields":{"seam":"a"},"duration_us":1e400}""")]
    [InlineData("""{"at":"x","mono_us":1,"class":"room.decide","fields":{},"duration_us":5}""")]
    [InlineData("""[{"at":"x","mono_us":1,"class":"a.b","fields":{}}]""")]
    public void What_only_looks_like_a_record_is_none(string line)
    {
        ProbeLine.TryParse(Encoding.UTF8.GetBytes(line), out _).ShouldBeFalse();
    }

    [Fact]
    public void Keys_in_another_order_and_keys_of_later_versions_do_no_harm()
    {
        ProbeLine.TryParse("""{"later":{"fields":{"a":[1]}},"duration_us":2.5,"fields":{"x":{"seam":"no"},"seam":"s\u00e9"},"persona":"Zo\u00eb\ud83c\udf1e","class":"timing","mono_us":1,"at":"x"}"""u8, out var record).ShouldBeTrue();

        record.DurationUs.ShouldBe(2.5);
        Encoding.UTF8.GetString(record.Persona).ShouldBe("Zoë🌞");
        Encoding.UTF8.GetString(record.Fields.Text("seam"u8)).ShouldBe("sé");
    }

    [Fact]
    public void A_line_beyond_the_bound_is_skipped_wherever_it_stands()
    {
        var tooLong = new string('x', 3 * ProbeFile.LongestLine);

        Read($"{tooLong}\n{Record}\n{tooLong}\n{Record}\n{tooLong}").ShouldBe(new ProbeCounts(2, 3));
    }

    [Fact]
    public void A_record_of_almost_the_bound_is_read()
    {
        var message = new string('m', ProbeFile.LongestLine - Record.Length);

        Read($"{Record}\n{Record.Replace("\"m\"", $"\"{message}\"", StringComparison.Ordinal)}\n{Record}\n").ShouldBe(new ProbeCounts(3, 0));
    }

    [Fact]
    public void Any_bytes_at_all_are_records_or_skipped_lines_and_never_more_or_fewer()
    {
        using var scratch = new Scratch();
        var piece = Gen.OneOf(Gen.Const(Record), Gen.Const("\n"), Gen.Const("{"), Gen.Const("}"), Gen.Const("\"at\":"), Gen.String, Gen.Const($"\n{Record}\n"));
        var records = 0L;
        piece.Array[0, 12].Sample(
            pieces =>
            {
                var bytes = Encoding.UTF8.GetBytes($"{Record}\n{string.Concat(pieces)}");
                var lines = bytes.Count(b => b == '\n') + (bytes[^1] == '\n' ? 0 : 1);
                var counts = Read(scratch.Write("run.jsonl", bytes), isPath: true);
                records += counts.Records;
                (counts.Records + counts.Skipped).ShouldBe(lines);
            },
            iter: 500,
            threads: 1);
        records.ShouldBeGreaterThan(600, "the generator makes records");
    }

    private static ProbeCounts Read(string text, bool isPath = false)
    {
        using var scratch = new Scratch();
        using var file = ProbeFile.Open(isPath ? text : scratch.Write("run.jsonl", text));
        return ProbeScan.ToTheEnd(file, static _ => true, TestContext.Current.CancellationToken) + new ProbeCounts(0, file.Skipped);
    }
}
