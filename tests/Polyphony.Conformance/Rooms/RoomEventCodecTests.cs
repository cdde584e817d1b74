using System.Text;
using System.Text.Json;
using CsCheck;
using Polyphony.Rooms;

namespace Polyphony.Conformance.Rooms;

public sealed class RoomEventCodecTests
{
    private static readonly string Fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "room-v1.json");

    [Fact]
    public async Task Events_that_version_1_has_written_still_read()
    {
        var stored = await File.ReadAllBytesAsync(Fixture, TestContext.Current.CancellationToken);

        RoomEventSamples.ShouldBeSame(RoomEventCodec.Decode(stored), RoomEventSamples.EveryKind);
    }

    [Fact]
    public async Task Version_1_is_still_written_as_it_was()
    {
        var stored = await File.ReadAllTextAsync(Fixture, TestContext.Current.CancellationToken);

        RoomEventCodec.Version.ShouldBe(1);
        Encoding.UTF8.GetString(RoomEventCodec.Encode(RoomEventSamples.EveryKind)).ShouldBe(stored);
    }

    [Fact]
    public void Any_text_reads_back_as_it_was_given()
    {
        // What this catches: JSON in UTF-8 has no half surrogate pairs, and the platform's writer puts a replacement character in their place.
        var unit = Gen.Frequency((3, Gen.UShort), (1, Gen.UShort[0xD800, 0xDFFF]), (3, Gen.UShort[0x20, 0x7E]));

        unit.Array[0, 40].Select(units => new string([.. units.Select(u => (char)u)])).Sample(text =>
        {
            RoomEvent[] events = [new ParticipantJoined(new(text), AuthorKind.Human, text)];
            RoomEventCodec.Decode(RoomEventCodec.Encode(events)).ShouldBe(events);
        });
    }

    [Fact]
    public void Ordinary_text_is_stored_as_a_plain_string()
    {
        var json = Encoding.UTF8.GetString(RoomEventCodec.Encode([new PersonasAway("Grüße, 東京")]));

        json.ShouldBe("""[{"event":"personas.away","reason":"Grüße, 東京"}]""");
    }

    [Fact]
    public void Bytes_that_are_no_events_are_refused_in_one_way()
    {
        // What this catches: the serializer has four kinds of exception for damaged input, and a log must know them all.
        var whole = RoomEventCodec.Encode(RoomEventSamples.EveryKind);
        var refused = 0;
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, 3]).Sample(
            (at, value, length) =>
            {
                byte[] damaged = [.. whole[..at], .. Enumerable.Repeat(value, length), .. whole[Math.Min(at + length, whole.Length)..]];
                try
                {
                    RoomEventCodec.Decode(damaged);
                }
                catch (JsonException)
                {
                    Interlocked.Increment(ref refused);
                }
            },
            iter: 5_000);
        refused.ShouldBeGreaterThan(500);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[null]")]
    [InlineData("{}")]
    [InlineData("[{}]")]
    [InlineData("""[{"event":"room.burnt"}]""")]
    [InlineData("""[{"event":7}]""")]
    [InlineData("""[{"event":"personas.away"}]""")]
    [InlineData("""[{"event":"personas.away","reason":null}]""")]
    [InlineData("""[{"event":"personas.away","reason":"\uD800"}]""")]
    [InlineData("""[{"event":"personas.away","reason":{"utf16":"AAAA"}}]""")]
    [InlineData("""[{"event":"personas.away","reason":{"utf16":"AA"}}]""")]
    [InlineData("""[{"event":"personas.away","reason":{"utf16":"AAA=","x":1}}]""")]
    [InlineData("""[{"event":"personas.away","reason":{"utf8":"AAA="}}]""")]
    [InlineData("""[{"event":"personas.away","reason":{}}]""")]
    public void A_form_that_is_not_of_this_version_is_refused(string json)
    {
        Should.Throw<JsonException>(() => RoomEventCodec.Decode(Encoding.UTF8.GetBytes(json)));
    }
}
