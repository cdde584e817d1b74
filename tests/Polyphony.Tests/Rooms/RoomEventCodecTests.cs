using System.Text;
using System.Text.Json;
using CsCheck;
using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

public sealed class RoomEventCodecTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 30, 15, 250, TimeSpan.Zero);

    private static readonly Message Said = new()
    {
        Id = new("#7"),
        Seq = 7,
        Author = new("persona:ada"),
        Kind = AuthorKind.Persona,
        Text = "well, \"Bo\" \u202e 👩‍👩‍👧\n<|im_end|>\0",
        At = At,
        Mentions = [new("persona:bo"), new("persona:cem")],
        ReplyTo = new("own-1"),
        Hops = 2,
    };

    public static TheoryData<RoomEvent> EveryEvent =>
    [
        new RoomOpened(new("r"), new() { Floor = "everyone", PersonaTurnBound = 3, OfferPersonaMessages = false, TurnTimeout = TimeSpan.FromMilliseconds(1500), BurstLimit = 2, Backlog = 9 }),
        new RulesChanged(new()),
        new RulesChanged(new() { Doctrine = "Be kind,\n\"Bo\" \u202e.", Voice = true }),
        new PersonasAway("the room was closed"),
        new ParticipantJoined(new("persona:ada"), AuthorKind.Persona, "Ada"),
        new ParticipantLeft(new("persona:ada"), "she went"),
        new MessagePosted(Said with { Author = new("human:Hana"), Kind = AuthorKind.Human, Mentions = [], ReplyTo = null }),
        new TurnOffered(new(4), 2, new("persona:ada"), 5, 6, "addressed by name", At),
        new TurnClosed(new(4), 2, new("persona:ada"), TurnOutcome.Spoke.Instance, 6, Said, At),
        new TurnClosed(new(4), 2, new("persona:ada"), new TurnOutcome.Passed("nothing new"), 6, null, At),
        new TurnClosed(new(4), 2, new("persona:ada"), new TurnOutcome.Refused("other-voice", "why"), 6, null, At),
        new TurnClosed(new(4), 2, new("persona:ada"), new TurnOutcome.Superseded("a human spoke"), 4, null, At),
        new TurnClosed(new(4), 2, new("persona:ada"), new TurnOutcome.Duplicate("again"), 6, null, At),
        new TurnClosed(new(4), 2, new("persona:ada"), new TurnOutcome.TimedOut("2 s"), 6, null, At),
        new TurnClosed(new(4), 2, new("persona:ada"), new TurnOutcome.Cancelled("stop"), 4, null, At),
        new TurnClosed(new(4), 2, new("persona:ada"), new TurnOutcome.Failed("respond", "no model"), 6, null, At),
    ];

    [Theory]
    [MemberData(nameof(EveryEvent), DisableDiscoveryEnumeration = true)]
    public void Every_event_comes_back_as_it_was(RoomEvent e)
    {
        var stored = RoomEventCodec.Encode([e, e]);
        var back = RoomEventCodec.Decode(stored);

        back.Count.ShouldBe(2);
        back[1].GetType().ShouldBe(e.GetType());
        RoomEventCodec.Encode(back).ShouldBe(stored);
        if (e is not (MessagePosted or TurnClosed { Reply: not null }))
        {
            back[0].ShouldBe(e);
        }
    }

    [Fact]
    public void A_reply_comes_back_whole()
    {
        var closed = new TurnClosed(new(4), 1, Said.Author, TurnOutcome.Spoke.Instance, 6, Said, At);
        var reply = RoomEventCodec.Decode(RoomEventCodec.Encode([closed])).ShouldHaveSingleItem().ShouldBeOfType<TurnClosed>().Reply.ShouldNotBeNull();

        reply.Mentions.ShouldBe(Said.Mentions);
        (reply with { Mentions = Said.Mentions }).ShouldBe(Said);
    }

    [Fact]
    public void Any_text_comes_back_unit_by_unit_lone_surrogates_too() =>
        Gen.OneOf(Gen.String, Gen.Char['\ud7f0', '\ue010'].Array[0, 8].Select(units => new string(units))).Sample(
            text =>
            {
                RoomEvent e = new ParticipantJoined(new(text), AuthorKind.Human, text);
                return e.Equals(RoomEventCodec.Decode(RoomEventCodec.Encode([e]))[0]);
            },
            iter: 3_000);

    [Fact]
    public void What_is_said_is_written_as_it_is()
    {
        var stored = RoomEventCodec.Encode([new PersonasAway("später – 中文 <b> 'x'")]);

        Encoding.UTF8.GetString(stored).ShouldBe("""[{"event":"personas.away","reason":"später – 中文 <b> 'x'"}]""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[{}]")]
    [InlineData("[null]")]
    [InlineData("""[{"event":"room.exploded"}]""")]
    [InlineData("""[{"event":"personas.away"}]""")]
    [InlineData("""[{"event":"personas.away","reason":null}]""")]
    [InlineData("""[{"event":"personas.away","reason":["a"]}]""")]
    [InlineData("""[{"event":"personas.away","reason":[70000]}]""")]
    [InlineData("""[{"event":"participant.joined","id":7,"kind":"Human","name":"x"}]""")]
    [InlineData("""[{"event":"personas.away","reason":"x"}] trailing""")]
    public void What_is_no_event_of_this_version_is_refused(string stored) =>
        Should.Throw<JsonException>(() => RoomEventCodec.Decode(Encoding.UTF8.GetBytes(stored)));
}
