using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Polyphony.Memory;
using Polyphony.Rooms;

namespace Polyphony.Sqlite;

/// <summary>The open memory file. Belongs to one thread.</summary>
/// <remarks>
/// What was said lies there once, whoever remembers it; an engram points to it. The index holds words as numbers, without the text, under the room's number and the message's.
/// What nobody remembers any more is deleted with its words and vectors.
/// </remarks>
internal sealed class EngramStoreFile : IDisposable
{
    private const int RoomShift = 40;

    // "PlyM" in its header.
    private static readonly SqliteFileKind Kind = new(
        0x506C794D,
        1,
        "engram",
        1,
        """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE rooms(id INTEGER PRIMARY KEY, name ANY NOT NULL UNIQUE) STRICT;
        CREATE TABLE owners(
            id INTEGER PRIMARY KEY, room INTEGER NOT NULL, name ANY NOT NULL, admitted INTEGER NOT NULL, last INTEGER NOT NULL, fresh INTEGER NOT NULL,
            UNIQUE(room, name)) STRICT;
        CREATE TABLE said(id INTEGER PRIMARY KEY, message ANY NOT NULL, author ANY NOT NULL, content ANY NOT NULL) STRICT;
        CREATE TABLE engrams(
            owner INTEGER NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL, trust INTEGER NOT NULL, said INTEGER, place INTEGER NOT NULL, sources TEXT, content ANY,
            at INTEGER NOT NULL, salience REAL NOT NULL, uses INTEGER NOT NULL, used INTEGER, decayed INTEGER NOT NULL, pinned INTEGER NOT NULL, held INTEGER, until INTEGER,
            PRIMARY KEY(owner, id)) STRICT, WITHOUT ROWID;
        CREATE INDEX engrams_said ON engrams(said);
        CREATE TABLE forgotten(owner INTEGER NOT NULL, message ANY NOT NULL, PRIMARY KEY(owner, message)) STRICT, WITHOUT ROWID;
        CREATE TABLE vectors(said INTEGER PRIMARY KEY, model ANY NOT NULL, vector BLOB NOT NULL) STRICT;
        CREATE VIRTUAL TABLE words USING fts5(terms, content='', contentless_delete=1, tokenize='ascii');
        CREATE VIRTUAL TABLE counts USING fts5vocab(words, row)
        """,
        """
        SELECT id, room, name, admitted, last, fresh FROM owners LIMIT 0; SELECT owner, id, said, sources, content, salience, held, until FROM engrams LIMIT 0;
        SELECT id, message, author, content FROM said LIMIT 0; SELECT owner, message FROM forgotten LIMIT 0; SELECT rowid FROM words LIMIT 0
        """,
        EngramStoreErrors.File);

    private readonly SqliteConnection _connection;
    private readonly Dictionary<RoomId, long> _rooms = [];
    private readonly Dictionary<(long Room, ParticipantId), long> _owners = [];
    private readonly Dictionary<string, SqliteStatement> _statements = [];

    private EngramStoreFile(SqliteConnection connection)
    {
        _connection = connection;
        SqliteSetup.Execute(connection.Handle!, "PRAGMA secure_delete = ON");
    }

    public static EngramStoreFile Open(SqliteEngramStoreOptions options) =>
        SqliteSetup.Open(Kind, options.Path, isPowerFailureSafe: false, options.MaxBytes, static (connection, _) => new EngramStoreFile(connection));

    public StoredMemory Load(RoomId room, string? model)
    {
        var key = RoomKey(room, add: false);
        if (key == 0)
        {
            return new([], [], HasIndex: true);
        }

        var said = LoadSaid(key);
        var personas = new List<StoredPersona>();
        var owners = new List<(long Id, PersonaProgress Progress)>();
        var find = Statement("SELECT id, name, admitted, last, fresh FROM owners WHERE room = ? ORDER BY id").Bind(1, key);
        while (find.Step())
        {
            owners.Add((find.Integer(0), new(new(find.String(1)), find.Integer(2), find.Integer(3), (int)find.Integer(4))));
        }

        foreach (var (id, progress) in owners)
        {
            _owners[(key, progress.Owner)] = id;
            personas.Add(new(progress, LoadEngrams(id, progress.Owner, said), LoadForgotten(id)));
        }

        return new(personas, model is null ? [] : LoadVectors(key, model), HasIndex: true);
    }

    public void Save(RoomId room, EngramChanges changes) => InTransaction(() =>
    {
        var key = RoomKey(room, add: true);
        foreach (var progress in changes.Progress)
        {
            Statement("UPDATE owners SET admitted = ?, last = ?, fresh = ? WHERE id = ?")
                .Bind(1, progress.AdmittedThrough).Bind(2, progress.LastId).Bind(3, progress.SinceReflection).Bind(4, OwnerKey(key, progress.Owner)).Run();
        }

        foreach (var added in changes.Added)
        {
            Add(key, added);
        }

        foreach (var changed in changes.Changed)
        {
            var update = Statement("UPDATE engrams SET salience = ?, uses = ?, used = ?, decayed = ?, pinned = ?, held = ?, until = ? WHERE owner = ? AND id = ?");
            BindState(update, 1, changed).Bind(8, OwnerKey(key, changed.Engram.Owner)).Bind(9, changed.Engram.Id.Value).Run();
        }

        foreach (var gone in changes.Gone)
        {
            Remove(OwnerKey(key, gone.Owner), gone);
        }

        foreach (var vector in changes.Vectors)
        {
            Statement("INSERT OR REPLACE INTO vectors SELECT id, ?, ? FROM said WHERE id = ?")
                .BindString(1, vector.Model).BindBlob(2, MemoryMarshal.AsBytes(vector.Vector.AsSpan())).Bind(3, SaidKey(key, vector.Seq)).Run();
        }
    });

    public void AddWords(RoomId room, IReadOnlyList<IndexedText> texts) => InTransaction(() =>
    {
        var key = RoomKey(room, add: true);
        foreach (var (seq, text) in texts)
        {
            var id = SaidKey(key, seq);
            Statement("DELETE FROM words WHERE rowid = ?").Bind(1, id).Run();
            Statement("INSERT INTO words(rowid, terms) VALUES (?, ?)").Bind(1, id).BindString(2, TermsOf(text)).Run();
        }
    });

    /// <summary>Removes the words of what nobody remembers; those of an engram go with it, when the changes are saved.</summary>
    public void RemoveWords(RoomId room, IReadOnlyList<long> keys) => InTransaction(() =>
    {
        var key = RoomKey(room, add: true);
        foreach (var seq in keys)
        {
            var id = SaidKey(key, seq);
            Statement("DELETE FROM words WHERE rowid = ? AND NOT EXISTS (SELECT 1 FROM engrams WHERE said = ?)").Bind(1, id).Bind(2, id).Run();
        }
    });

    public IReadOnlyList<EngramHit> Search(RoomId room, string text, int limit)
    {
        var key = RoomKey(room, add: false);
        long from = 0;
        var terms = key == 0 || limit == 0 ? [] : Choose(IndexTerms.Distinct(text), key, out from);
        if (terms.Count == 0)
        {
            return [];
        }

        var find = Statement("SELECT rowid, -rank FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rank, rowid DESC LIMIT ?")
            .BindString(1, string.Join(" OR ", terms)).Bind(2, from).Bind(3, SaidKey(key + 1, 0) - 1).Bind(4, limit);
        var hits = new List<EngramHit>();
        while (find.Step())
        {
            hits.Add(new(find.Integer(0) & ((1L << RoomShift) - 1), find.Real(1)));
        }

        return hits;
    }

    /// <summary>The number that a query gives.</summary>
    public long Ask(string sql) => SqliteSetup.Ask(_connection.Handle!, sql);

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private static long SaidKey(long room, long seq) => (room << RoomShift) + seq;

    // Words are numbers, written so that no tokenizer can take them apart and none is an operator.
    private static string TermOf(ulong term) => string.Create(CultureInfo.InvariantCulture, $"t{term:x16}");

    private static string TermsOf(string text)
    {
        var terms = new System.Text.StringBuilder();
        foreach (var term in new IndexTerms(text))
        {
            terms.Append(TermOf(term)).Append(' ');
        }

        return terms.ToString();
    }

    /// <summary>The rarest words, as many as the budget of a search allows; of one that is everywhere, its newest texts.</summary>
    private List<string> Choose(List<ulong> distinct, long room, out long from)
    {
        var counted = new List<(string Term, long Count)>();
        foreach (var term in distinct)
        {
            var find = Statement("SELECT doc FROM counts WHERE term = ?").BindString(1, TermOf(term));
            if (find.Step())
            {
                counted.Add((TermOf(term), find.Integer(0)));
                find.Reset();
            }
        }

        from = SaidKey(room, 0);
        var chosen = new List<string>();
        long sum = 0;
        foreach (var (term, count) in counted.OrderBy(static c => c.Count).Take(IndexTerms.MostInSearch))
        {
            sum += count;
            if (sum > IEngramIndex.SearchBudget && chosen.Count > 0)
            {
                break;
            }

            chosen.Add(term);
        }

        if (sum > IEngramIndex.SearchBudget && chosen.Count == 1)
        {
            from = Math.Max(from, Ask("SELECT coalesce(max(rowid), 0) FROM words") - IEngramIndex.SearchBudget);
        }

        return chosen;
    }

    private void Add(long room, Remembrance remembrance)
    {
        var engram = remembrance.Engram;
        long? saidKey = null;
        if (engram.Origin is EngramOrigin.Said said)
        {
            saidKey = SaidKey(room, said.Seq);
            Statement("INSERT INTO said VALUES (?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET message = excluded.message, author = excluded.author, content = excluded.content")
                .Bind(1, saidKey.Value).BindString(2, said.Message.Value).BindString(3, said.Author.Value).BindString(4, engram.Content).Run();
        }

        var add = Statement("INSERT OR REPLACE INTO engrams VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(1, OwnerKey(room, engram.Owner)).Bind(2, engram.Id.Value).Bind(3, (long)engram.Kind).Bind(4, (long)engram.Trust).Bind(5, saidKey).Bind(6, remembrance.Place);
        if (engram.Origin is EngramOrigin.Reflected reflected)
        {
            add.BindString(7, string.Join(' ', reflected.From.Select(static id => id.Value.ToString(CultureInfo.InvariantCulture)))).BindString(8, engram.Content);
        }
        else
        {
            add.BindNull(7).BindNull(8);
        }

        BindState(add.Bind(9, engram.At.UtcTicks), 10, remembrance).Run();
    }

    private static SqliteStatement BindState(SqliteStatement statement, int at, Remembrance remembrance) => statement
        .Bind(at, remembrance.Salience).Bind(at + 1, remembrance.AccessCount).Bind(at + 2, remembrance.LastAccessed?.UtcTicks).Bind(at + 3, remembrance.LastDecayed.UtcTicks)
        .Bind(at + 4, remembrance.IsPinned ? 1 : 0).Bind(at + 5, (long?)remembrance.Quarantine?.Reason).Bind(at + 6, remembrance.Quarantine?.Until.UtcTicks);

    private void Remove(long owner, GoneEngram gone)
    {
        var find = Statement("SELECT said FROM engrams WHERE owner = ? AND id = ?").Bind(1, owner).Bind(2, gone.Id.Value);
        var said = find.Step() ? find.IntegerOrNull(0) : null;
        find.Reset();
        Statement("DELETE FROM engrams WHERE owner = ? AND id = ?").Bind(1, owner).Bind(2, gone.Id.Value).Run();
        if (said is { } id)
        {
            foreach (var (table, column) in ((string, string)[])[("words", "rowid"), ("vectors", "said"), ("said", "id")])
            {
                Statement($"DELETE FROM {table} WHERE {column} = ? AND NOT EXISTS (SELECT 1 FROM engrams WHERE said = ?)").Bind(1, id).Bind(2, id).Run();
            }
        }

        if (gone is { IsForgotten: true, Message: { } message })
        {
            Statement("INSERT OR IGNORE INTO forgotten VALUES (?, ?)").Bind(1, owner).BindString(2, message.Value).Run();
        }
    }

    private Dictionary<long, (EngramOrigin.Said Origin, string Content)> LoadSaid(long room)
    {
        var said = new Dictionary<long, (EngramOrigin.Said, string)>();
        var find = Statement("SELECT id, message, author, content FROM said WHERE id BETWEEN ? AND ?").Bind(1, SaidKey(room, 0)).Bind(2, SaidKey(room + 1, 0) - 1);
        while (find.Step())
        {
            var id = find.Integer(0);
            said.Add(id, (new(new(find.String(1)), new(find.String(2)), id - SaidKey(room, 0)), find.String(3)));
        }

        return said;
    }

    private List<Remembrance> LoadEngrams(long owner, ParticipantId name, Dictionary<long, (EngramOrigin.Said Origin, string Content)> said)
    {
        var engrams = new List<Remembrance>();
        var find = Statement(
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

    private List<MessageId> LoadForgotten(long owner)
    {
        var forgotten = new List<MessageId>();
        var find = Statement("SELECT message FROM forgotten WHERE owner = ?").Bind(1, owner);
        while (find.Step())
        {
            forgotten.Add(new(find.String(0)));
        }

        return forgotten;
    }

    private List<StoredVector> LoadVectors(long room, string model)
    {
        var vectors = new List<StoredVector>();
        var find = Statement("SELECT said, vector FROM vectors WHERE said BETWEEN ? AND ? AND model = ?")
            .Bind(1, SaidKey(room, 0)).Bind(2, SaidKey(room + 1, 0) - 1).BindString(3, model);
        while (find.Step())
        {
            vectors.Add(new(find.Integer(0) - SaidKey(room, 0), model, MemoryMarshal.Cast<byte, float>(find.Bytes(1)).ToArray()));
        }

        return vectors;
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    private long RoomKey(RoomId room, bool add)
    {
        if (_rooms.TryGetValue(room, out var known))
        {
            return known;
        }

        if (add)
        {
            Statement("INSERT OR IGNORE INTO rooms(name) VALUES (?)").BindString(1, room.Value).Run();
        }

        var key = One(Statement("SELECT id FROM rooms WHERE name = ?").BindString(1, room.Value));
        if (key != 0)
        {
            _rooms[room] = key;
        }

        return key;
    }

    private long OwnerKey(long room, ParticipantId owner)
    {
        if (_owners.TryGetValue((room, owner), out var known))
        {
            return known;
        }

        Statement("INSERT OR IGNORE INTO owners(room, name, admitted, last, fresh) VALUES (?, ?, 0, 0, 0)").Bind(1, room).BindString(2, owner.Value).Run();
        return _owners[(room, owner)] = One(Statement("SELECT id FROM owners WHERE room = ? AND name = ?").Bind(1, room).BindString(2, owner.Value));
    }

    private static long One(SqliteStatement query)
    {
        var one = query.Step() ? query.Integer(0) : 0;
        query.Reset();
        return one;
    }

    private void InTransaction(Action write)
    {
        Statement("BEGIN").Run();
        try
        {
            write();
            Statement("COMMIT").Run();
        }
        catch
        {
            // Keys that this transaction has given are not there.
            _rooms.Clear();
            _owners.Clear();
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle!) == 0)
            {
                Statement("ROLLBACK").Run();
            }

            throw;
        }
    }

    private SqliteStatement Statement(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _statements.Add(sql, statement = new(_connection.Handle!, sql));
        }

        return statement;
    }
}
