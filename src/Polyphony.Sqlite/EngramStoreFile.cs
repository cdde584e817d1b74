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
    private readonly SqliteStatements _statements;
    private readonly EngramWords _words;
    private readonly EngramReader _reader;

    private EngramStoreFile(SqliteConnection connection)
    {
        _connection = connection;
        _statements = new(connection.Handle!);
        _words = new(_statements);
        _reader = new(_statements);
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

        var said = _reader.Said(key);
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
            personas.Add(new(progress, _reader.Engrams(id, progress.Owner, said), _reader.Forgotten(id)));
        }

        return new(personas, model is null ? [] : _reader.Vectors(key, model), HasIndex: true);
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

    public void AddWords(RoomId room, IReadOnlyList<IndexedText> texts) => InTransaction(() => _words.Add(RoomKey(room, add: true), texts));

    /// <summary>Removes the words of what nobody remembers; those of an engram go with it, when the changes are saved.</summary>
    public void RemoveWords(RoomId room, IReadOnlyList<long> keys) => InTransaction(() => _words.Remove(RoomKey(room, add: true), keys));

    public IReadOnlyList<EngramHit> Search(RoomId room, string text, int limit, int budget) =>
        RoomKey(room, add: false) is var key and not 0 && limit > 0 ? _words.Search(key, text, limit, budget) : [];

    /// <summary>The number that a query gives.</summary>
    public long Ask(string sql) => _statements.Ask(sql);

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    private static long SaidKey(long room, long seq) => EngramKeys.Said(room, seq);

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

        var key = SqliteStatements.One(Statement("SELECT id FROM rooms WHERE name = ?").BindString(1, room.Value));
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
        return _owners[(room, owner)] = SqliteStatements.One(Statement("SELECT id FROM owners WHERE room = ? AND name = ?").Bind(1, room).BindString(2, owner.Value));
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
            // Keys that this transaction has given are not there, nor are its words.
            _rooms.Clear();
            _owners.Clear();
            _words.ForgetCounts();
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle!) == 0)
            {
                Statement("ROLLBACK").Run();
            }

            throw;
        }
    }

    private SqliteStatement Statement(string sql) => _statements.Of(sql);
}
