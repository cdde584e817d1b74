using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Polyphony.Diagnostics;

namespace Polyphony.Tests.Diagnostics;

/// <summary>The lines that are written without the platform's writer, held against what that would have written.</summary>
public sealed class ProbeJsonTests
{
    private static readonly Gen<double> Doubles = Gen.OneOf(
        Gen.Double[-1e7, 1e7],
        Gen.Int[-2_000_000, 2_000_000].Select(static thousandths => thousandths / 1000.0),
        Gen.Double.Where(double.IsFinite),
        Gen.OneOf(0.0005, 0.0015, 0.9995, 1e12, -1e12, 999_999_999_999.999, 1e15, double.MaxValue, double.Epsilon, -0.0001));

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.String[Gen.Char[' ', '~'], 0, 40],
        Gen.String[Gen.OneOf(Gen.Char['\0', '\u007f'], Gen.Char['à', 'ÿ'], Gen.OneOf('\u2028', '\ud83d', '\ude00', '\uffff', '"', '\\', '\n')), 0, 12]);

    [Fact]
    public void A_number_is_the_one_that_the_platform_writes_rounded_to_three_decimals() => Doubles.Sample(
        value => Ours(lines => lines.Number(value)).ShouldBe(Theirs(json => json.WriteNumberValue(Plainly(Math.Round(value, 3))))), iter: 20_000);

    [Fact]
    public void A_text_is_escaped_as_the_platform_escapes_it() => Texts.Sample(
        text => Ours(lines => lines.Text(text)).ShouldBe(Theirs(json => json.WriteStringValue(text))), iter: 20_000);

    [Fact]
    public async Task A_timing_has_its_tags_as_fields_and_several_words_of_one_as_a_list()
    {
        await using var hub = new ProbeHub();
        using var span = SeamSpan.StartTrace(ProbeSeams.Generate).ShouldNotBeNull();
        span.Identify(new("kitchen", "t1", "Mira", 7));
        span.SetTag("gen_ai.response.finish_reasons", (string[])["stop", "length"]).SetTag("polyphony.attempt", 2).SetTag("error.type", null);
        var probe = new CapturedProbe();
        probe.Fill(new(ProbeShape.Timing, 0, span, default));
        var json = new ProbeJson(ProbeTime.Now(TimeProvider.System));
        json.Add(probe);

        using var line = JsonDocument.Parse(Encoding.UTF8.GetString(json.Lines));
        line.RootElement.GetProperty("fields").GetRawText().ShouldBe("""{"seam":"inference.generate","gen_ai.response.finish_reasons":"stop, length","attempt":2}""");
        line.RootElement.GetProperty("seq").GetInt64().ShouldBe(7);
        line.RootElement.GetProperty("trace_id").GetString().ShouldNotBeNull().Length.ShouldBe(32);
        line.RootElement.TryGetProperty("parent_id", out _).ShouldBeFalse();
    }

    [Fact]
    public void A_message_has_its_numbers_as_the_fields_have_them() => Doubles.Sample(
        value =>
        {
            var text = new ProbeText();
            text.Append((object)value);
            text.ToString().ShouldBe(Ours(lines => lines.Number(value)));
        },
        iter: 2_000);

    [Fact]
    public void The_texts_that_are_tried_are_plain_and_are_not()
    {
        var tried = new List<string>();
        Texts.Sample(tried.Add, iter: 500, threads: 1);
        tried.ShouldContain(t => t.Length > 0 && t.All(c => c >= ' ' && c <= '~' && c != '"' && c != '\\'));
        tried.ShouldContain(t => t.Contains('"'));
        tried.ShouldContain(t => t.Any(char.IsControl));
        tried.ShouldContain(t => t.Any(char.IsSurrogate));
    }

    [Fact]
    public void Text_that_is_longer_than_the_room_for_it_is_whole()
    {
        var text = string.Concat(Enumerable.Repeat("the brown owl é \n", 40_000));
        JsonDocument.Parse(Ours(lines => lines.Text(text)), default).RootElement.GetString().ShouldBe(text);
        Ours(lines => lines.Text(new string('x', 600_000))).Length.ShouldBe(600_002);
    }

    // A nought has no sign in a record.
    private static double Plainly(double value) => value == 0 ? 0 : value;

    private static string Ours(Action<JsonLines> write)
    {
        var lines = new JsonLines();
        write(lines);
        return Encoding.UTF8.GetString(lines.Written);
    }

    private static string Theirs(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        write(json);
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
