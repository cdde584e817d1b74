using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Polyphony.Memory;

namespace Polyphony.Sqlite;

/// <summary>The words of what was said, in SQLite's FTS5. A room is its number in the file; a change is in the caller's transaction.</summary>
internal sealed class EngramWords(SqliteStatements statements)
{
    private const int MostCounted = 65_536;

    // FTS5 counts a word by walking over all its texts: a millisecond for one that is everywhere. Asked once, and kept up.
    private readonly Dictionary<ulong, long> _counts = [];

    public void Add(long room, IReadOnlyList<IndexedText> texts)
    {
        foreach (var (seq, text) in texts)
        {
            var id = EngramKeys.Said(room, seq);
            var distinct = IndexTerms.Distinct(text);
            statements.Of("DELETE FROM words WHERE rowid = ?").Bind(1, id).Run();
            statements.Of("INSERT INTO words(rowid, terms) VALUES (?, ?)").Bind(1, id).BindString(2, TermsOf(text)).Run();
            foreach (var term in distinct)
            {
                ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, term);
                if (!Unsafe.IsNullRef(ref count))
                {
                    count++;
                }
            }
        }
    }

    /// <summary>How often words come is not known any more: what was added is taken back.</summary>
    public void ForgetCounts() => _counts.Clear();

    public void Remove(long room, IReadOnlyList<long> seqs)
    {
        foreach (var seq in seqs)
        {
            var id = EngramKeys.Said(room, seq);
            statements.Of("DELETE FROM words WHERE rowid = ? AND NOT EXISTS (SELECT 1 FROM engrams WHERE said = ?)").Bind(1, id).Bind(2, id).Run();
        }
    }

    public IReadOnlyList<EngramHit> Search(long room, string text, int limit, int budget)
    {
        var terms = Choose(IndexTerms.Distinct(text), room, budget, out var from);
        if (terms.Count == 0)
        {
            return [];
        }

        var find = statements.Of("SELECT rowid, -rank FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rank, rowid DESC LIMIT ?")
            .BindString(1, string.Join(" OR ", terms)).Bind(2, from).Bind(3, EngramKeys.Said(room + 1, 0) - 1).Bind(4, limit);
        var hits = new List<EngramHit>();
        while (find.Step())
        {
            hits.Add(new(EngramKeys.Seq(find.Integer(0)), find.Real(1)));
        }

        return hits;
    }

    // Words are numbers, written so that no tokenizer can take them apart and none is an operator.
    private static string TermOf(ulong term) => string.Create(CultureInfo.InvariantCulture, $"t{term:x16}");

    private static string TermsOf(string text)
    {
        var terms = new StringBuilder();
        foreach (var term in new IndexTerms(text))
        {
            terms.Append(TermOf(term)).Append(' ');
        }

        return terms.ToString();
    }

    /// <summary>The rarest words, as many as the budget of a search allows; of one that is everywhere, its newest texts.</summary>
    private List<string> Choose(List<ulong> distinct, long room, int budget, out long from)
    {
        var counted = new List<(ulong Term, long Count)>();
        foreach (var term in distinct)
        {
            if (CountOf(term) is var count and > 0)
            {
                counted.Add((term, count));
            }
        }

        from = EngramKeys.Said(room, 0);
        var chosen = new List<string>();
        long sum = 0;
        foreach (var (term, count) in counted.OrderBy(static c => c.Count).Take(IndexTerms.MostInSearch))
        {
            sum += count;
            if (sum > budget && chosen.Count > 0)
            {
                break;
            }

            chosen.Add(TermOf(term));
            if (sum > budget)
            {
                var newest = SqliteStatements.One(
                    statements.Of("SELECT rowid FROM words WHERE rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT 1").Bind(1, from).Bind(2, EngramKeys.Said(room + 1, 0) - 1));
                from = Math.Max(from, newest - budget + 1);
                break;
            }
        }

        return chosen;
    }

    private long CountOf(ulong term)
    {
        if (_counts.TryGetValue(term, out var known))
        {
            return known;
        }

        if (_counts.Count >= MostCounted)
        {
            _counts.Clear();
        }

        return _counts[term] = SqliteStatements.One(statements.Of("SELECT doc FROM counts WHERE term = ?").BindString(1, TermOf(term)));
    }
}
