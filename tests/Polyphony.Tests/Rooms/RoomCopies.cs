using System.Globalization;
using System.Text;
using System.Text.Json;
using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>A room folded from its stored form, and everything public of a room as text, so that two can be compared.</summary>
internal static class RoomCopies
{
    public static RoomState FoldOf(IEnumerable<byte[]> log)
    {
        var state = new RoomState();
        foreach (var e in log.SelectMany(group => RoomEventCodec.Decode(group)))
        {
            state.Apply(e);
        }

        return state;
    }

    public static string Describe(RoomState room)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{room.Id} {room.IsOpen} {room.Rules} {room.Floor.Name} events {room.Events}");
        text.AppendLine(CultureInfo.InvariantCulture, $"open {room.OpenTurns} since {room.PersonaTurnsSinceHuman} turn {room.LastTurn} messages {room.Messages}");
        foreach (var participant in room.Roster.Participants.OrderBy(p => p.Id.Value, StringComparer.Ordinal))
        {
            text.AppendLine(participant.ToString());
        }

        for (var seq = room.Transcript.FirstSeq; seq <= room.Messages; seq++)
        {
            var m = room.Transcript[seq];
            text.AppendLine(CultureInfo.InvariantCulture, $"{m.Seq} {m.Id} {room.Knows(m.Id)} {m.Author} {m.Kind} {m.At:O} to {m.ReplyTo} hops {m.Hops} for {string.Join(',', m.Mentions)}: {m.Text}");
        }

        foreach (var seat in room.Seats)
        {
            Describe(text, room, seat);
        }

        return text.ToString();
    }

    private static void Describe(StringBuilder text, RoomState room, Seat seat)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"{seat.Order} {seat.Persona} {seat.Present} joined {seat.JoinedAt} cursor {seat.Cursor} spoke {seat.LastSpoke}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  addressed {seat.AddressedAt} {seat.LastAddressedAt} own {seat.Own} history {seat.History} settled {seat.Settled} floor {room.NotOfferedByFloor(seat)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  open {seat.Open} again {seat.Reoffer} last {seat.LastClosed}");
        text.AppendLine(JsonSerializer.Serialize(seat.Counts));
    }
}
