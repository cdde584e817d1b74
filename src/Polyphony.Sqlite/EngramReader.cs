using System.Globalization;
using System.Runtime.InteropServices;
using Polyphony.Memory;
using Polyphony.Rooms;

namespace Polyphony.Sqlite;

/// <summary>Reads what a memory file holds. Rooms and owners are their numbers in the file.</summary>
internal sealed class EngramReader(SqliteStatements statements)
{
    public Dictionary<long, (EngramOrigin.Said Origin, string Content)> Said(long room)
    {
        var said = new Dictionary<long, (EngramOrigin.Said, string)>();
        var find = statements.Of("SELECT id, message, author, content FROM said WHERE id BETWEEN ? AND ?").Bind(1, EngramKeys.Said(room, 0)).Bind(2, EngramKeys.Said(room + 1, 0) - 1);
        while (find.Step())
        {
            var id = find.Integer(0);
            said.Add(id, (new(new(find.String(1)), new(find.String(2)), id - EngramKeys.Said(room, 0)), find.String(3)));
        }

        return said;
    }

    public List<Remembrance> Engrams(long owner, ParticipantId name, Dictionary<long, (EngramOrigin.Said Origin, string Content)> said)
    {
        var engrams = new List<Remembrance>();
        var find = statements.Of(
            "SELECT id, kind, trust, said, place, sources, content, at, salience, uses, used, decayed, pinned, held, until FROM engrams WHERE owner = ? ORDER BY id").Bind(1, owner);
        while (find.Step())
        {
            (EngramOrigin Origin, string Content) from = find.IntegerOrNull(3) is { } key
                ? said.TryGetValue(key, out var there) ? there : throw new InvalidDataException($"engram {find.Integer(0)} is of a message that is not there")
                : (new EngramOrigin.Reflected([.. find.String(5).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static id => new EngramId(long.Parse(id, CultureInfo.InvariantCulture)))]), find.String(6));
            var engram = new Engram
            {
                Id = new(find.Integer(0)),
                Owner = name,
                Kind = (EngramKind)find.Integer(1),
                Trust = (EngramTrust)find.Integer(2),
                Origin = from.Origin,
                Content = from.Content,
                At = Time(find.Integer(7)),
            };
            EngramQuarantine? quarantine = find.IntegerOrNull(13) is { } reason ? new((QuarantineReason)reason, Time(find.Integer(14))) : null;
            DateTimeOffset? used = find.IntegerOrNull(10) is { } ticks ? Time(ticks) : null;
            engrams.Add(new Remembrance(engram, find.Integer(4)).Restore(find.Real(8), find.Integer(9), used, Time(find.Integer(11)), find.Integer(12) != 0, quarantine));
        }

        return engrams;
    }

    public List<MessageId> Forgotten(long owner)
    {
        var forgotten = new List<MessageId>();
        var find = statements.Of("SELECT message FROM forgotten WHERE owner = ?").Bind(1, owner);
        while (find.Step())
        {
            forgotten.Add(new(find.String(0)));
        }

        return forgotten;
    }

    public List<StoredVector> Vectors(long room, string model)
    {
        var vectors = new List<StoredVector>();
        var find = statements.Of("SELECT said, vector FROM vectors WHERE said BETWEEN ? AND ? AND model = ?")
            .Bind(1, EngramKeys.Said(room, 0)).Bind(2, EngramKeys.Said(room + 1, 0) - 1).BindString(3, model);
        while (find.Step())
        {
            vectors.Add(new(find.Integer(0) - EngramKeys.Said(room, 0), model, MemoryMarshal.Cast<byte, float>(find.Bytes(1)).ToArray()));
        }

        return vectors;
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
