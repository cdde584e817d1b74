using Polyphony.Rooms;

namespace Polyphony.Personas;

/// <summary>A card, and where its name and its id stand in its file.</summary>
internal readonly record struct LocatedCard(PersonaCard Card, long NameLine, long IdLine);

/// <summary>Makes a card of what its file holds: which keys there are, what each may be, and what is wrong with the rest.</summary>
internal sealed class CardFields
{
    /// <summary>The most texts one list may hold.</summary>
    public const int MaxListLength = 500;

    private const string ReservedWord = "PASS";

    private static readonly string[] ListKeys = ["specialities", "facts", "exampleLines"];
    private static readonly string[] Keys = ["id", "name", "description", "specialities", "facts", "exampleLines", "greeting", "task"];

    private static readonly Dictionary<string, string> Canonical = new(Keys.Select(key => KeyValuePair.Create(Folded(key), key)))
    {
        ["specialties"] = "specialities",
        ["lines"] = "exampleLines",
        ["examples"] = "exampleLines",
    };

    private readonly string _file;
    private readonly Dictionary<string, CardEntry> _entries = [];

    private CardFields(string file) => _file = file;

    public static LocatedCard Read(string file, IReadOnlyList<CardEntry> entries)
    {
        var fields = new CardFields(file);
        foreach (var entry in entries)
        {
            fields.Add(entry);
        }

        var card = new PersonaCard(fields.Name())
        {
            Description = fields.Text("description"),
            Specialities = fields.List("specialities"),
            Facts = fields.List("facts"),
            ExampleLines = fields.List("exampleLines"),
            Greeting = fields.Text("greeting"),
            Task = fields.Text("task"),
        };
        card = fields.Id() is { } id ? card with { Id = id } : card;
        return new(card, fields.LineOf("name"), fields.LineOf("id"));
    }

    private void Add(CardEntry entry)
    {
        if (!Canonical.TryGetValue(Folded(entry.Key), out var key))
        {
            throw PersonaCardException.At(
                _file, entry.Line, entry.Key, $"there is no such key;{Suggestion(entry.Key)} the known keys are {string.Join(", ", Keys)}");
        }

        if (_entries.TryGetValue(key, out var first))
        {
            throw PersonaCardException.At(_file, entry.Line, entry.Key, $"'{key}' is given already in line {first.Line}; keep one of the two");
        }

        var isList = Array.IndexOf(ListKeys, key) >= 0;
        if (entry.Value is not CardValue.Nothing && (entry.Value is CardValue.Other || (entry.Value is CardValue.List != isList)))
        {
            throw PersonaCardException.At(_file, entry.Value.Line, key, isList
                ? $"a list of texts is expected, not {entry.Value.Kind}; write each text as an item of its own"
                : $"text is expected, not {entry.Value.Kind}; write one text");
        }

        _entries.Add(key, entry);
    }

    private string Name()
    {
        if (!_entries.TryGetValue("name", out var entry))
        {
            throw PersonaCardException.At(_file, 1, "name", "it is missing; add 'name' with the name to show in the room");
        }

        var name = Text("name");
        return PersonaCard.NameFault(name) is { } fault ? throw PersonaCardException.At(_file, entry.Line, "name", $"the name {fault}") : name;
    }

    private ParticipantId? Id()
    {
        var id = Text("id");
        if (id.Length == 0)
        {
            return null;
        }

        var slug = PersonaCard.SlugOf(id);
        if (id != slug || id.Length > PersonaCard.MaxNameLength)
        {
            throw PersonaCardException.At(
                _file, _entries["id"].Line, "id",
                $"an id has lower-case letters, digits and single hyphens, at most {PersonaCard.MaxNameLength} of them; write "
                + (slug.Length is 0 or > PersonaCard.MaxNameLength ? "a shorter one, or leave it out" : $"'{PersonaCardException.Shown(slug)}'"));
        }

        return PersonaCard.IdOf(id);
    }

    // A card without an id has that of its name.
    private long LineOf(string key) => _entries.TryGetValue(key, out var entry) ? entry.Line : _entries["name"].Line;

    private string Text(string key) =>
        _entries.TryGetValue(key, out var entry) && entry.Value is CardValue.Text text ? Spoken(key, text) : "";

    private string[] List(string key)
    {
        if (!_entries.TryGetValue(key, out var entry) || entry.Value is not CardValue.List list)
        {
            return [];
        }

        if (list.Items.Count > MaxListLength)
        {
            throw PersonaCardException.At(
                _file, list.Items[MaxListLength].Line, key, $"it has {list.Items.Count} texts; keep at most {MaxListLength}");
        }

        return [.. list.Items.Select(item => Item(key, item))];
    }

    private string Item(string key, CardValue item)
    {
        if (item is CardValue.Nothing || item is CardValue.Text text && string.IsNullOrWhiteSpace(text.Value))
        {
            throw PersonaCardException.At(_file, item.Line, key, "an item is empty; write a text or take the item out");
        }

        return item is CardValue.Text given
            ? Spoken(key, given)
            : throw PersonaCardException.At(_file, item.Line, key, $"each item is a text, not {item.Kind}; write one text an item");
    }

    // A persona that says this word first is silent by it: it would be a line that is never heard.
    private string Spoken(string key, CardValue.Text text)
    {
        var spoken = text.Value.Trim();
        return spoken.StartsWith(ReservedWord, StringComparison.Ordinal) && !NameText.IsWordAt(spoken, ReservedWord.Length)
            ? throw PersonaCardException.At(_file, text.Line, key, $"a text cannot begin with {ReservedWord}, which means silence; put it in another way")
            : spoken;
    }

    private static string Suggestion(string key)
    {
        var folded = Folded(key);
        folded = folded[..Math.Min(folded.Length, PersonaCard.MaxNameLength)];
        var known = Canonical.Keys.FirstOrDefault(known => folded.Length > 2 && known.StartsWith(folded, StringComparison.Ordinal))
            ?? Canonical.Keys.Where(known => Distance(folded, known) <= Math.Max(1, known.Length / 3)).MinBy(known => Distance(folded, known));
        return known is null ? "" : $" did you mean '{Canonical[known]}'?";
    }

    private static string Folded(string key) =>
        key.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    // How many characters must be typed, left out or changed to make one of the other.
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
