using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Polyphony.Rooms;

namespace Polyphony.Personas;

/// <summary>
/// Makes personas when a room is to have more than there are cards for. The same index gives the same persona, always; different ones have
/// different names and say different things.
/// </summary>
public static class PersonaGenerator
{
    /// <summary>How many personas there are, each with a name of its own.</summary>
    public const int Count = 10_000;

    private const int Lines = 24;

    // Neighbours should not be alike, so the index is scattered first: multiplying by a number without a common factor keeps every name distinct.
    private const int Scatter = 7_919;

    private static readonly Lazy<Dictionary<ParticipantId, int>> IndexById =
        new(static () => Enumerable.Range(0, Count).ToDictionary(static index => PersonaCard.IdOf(PersonaCard.SlugOf(NameOf(index)))));

    /// <summary>The persona with that number.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public static PersonaCard Make(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var dice = new Dice(index);
        var (trade, topic, tool, knows) = dice.One(PersonaTables.Trades);
        var pastime = dice.One(PersonaTables.Pastimes);
        var name = NameOf(index);
        var own = new OwnWords(dice, trade, tool);
        var article = trade[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an" : "a";
        var age = 21 + dice.Below(58);
        return new(name)
        {
            Description = $"{name}, {age}, is {article} {trade} from {own.Place}. {dice.One(PersonaTables.Voices)}. Cares about {dice.One(PersonaTables.Cares)}.",
            Specialities = [topic, pastime.Topic, own.Food],
            Facts = [.. knows.Append(pastime.Fact).Concat(dice.Several(PersonaTables.Homes, 4)).Select(own.Fill)],
            ExampleLines = [.. dice.Several(PersonaTopics.All, Lines).Select(ways => own.Fill(dice.One(ways)))],
            Greeting = own.Fill(dice.One(PersonaTables.Greetings)),
        };
    }

    /// <summary>The generated persona with that id; null where none has it.</summary>
    public static PersonaCard? Find(ParticipantId id) => IndexById.Value.TryGetValue(id, out var index) ? Make(index) : null;

    /// <summary>The given cards, the first <paramref name="count"/> of them, and generated ones where there are fewer.</summary>
    /// <param name="cards">The cards there are, with names and ids of their own.</param>
    /// <param name="count">How many are wanted; from 0 to <see cref="Count"/>.</param>
    public static IReadOnlyList<PersonaCard> Fill(IReadOnlyList<PersonaCard> cards, int count)
    {
        ArgumentNullException.ThrowIfNull(cards);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        var filled = cards.Take(count).ToList();
        var names = filled.Select(card => card.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var ids = filled.Select(card => card.Id.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);

        // It ends: a given card takes at most one generated name, and saves one.
        for (var index = 0; filled.Count < count; index++)
        {
            var card = Make(index);
            if (names.Add(card.Name) && ids.Add(card.Id.Value))
            {
                filled.Add(card);
            }
        }

        return filled;
    }

    private static string NameOf(int index)
    {
        var rest = (index * Scatter + 137) % Count;
        var start = PersonaTables.NameStarts[rest % PersonaTables.NameStarts.Length];
        rest /= PersonaTables.NameStarts.Length;
        return start + PersonaTables.NameMiddles[rest % PersonaTables.NameMiddles.Length] + PersonaTables.NameEnds[rest / PersonaTables.NameMiddles.Length];
    }

    /// <summary>Choices that follow from the index alone.</summary>
    private sealed class Dice(int index)
    {
        private byte[] _bytes = SHA256.HashData(Encoding.UTF8.GetBytes(index.ToString(CultureInfo.InvariantCulture)));
        private int _used;

        public int Below(int count)
        {
            if (_used + 2 > _bytes.Length)
            {
                (_bytes, _used) = (SHA256.HashData(_bytes), 0);
            }

            var value = (_bytes[_used] << 8) | _bytes[_used + 1];
            _used += 2;
            return value % count;
        }

        public T One<T>(T[] table) => table[Below(table.Length)];

        public T[] Several<T>(T[] table, int count)
        {
            T[] shuffled = [.. table];
            for (var i = 0; i < count; i++)
            {
                var other = i + Below(shuffled.Length - i);
                (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
            }

            return shuffled[..count];
        }
    }

    /// <summary>What the words in braces mean for one persona.</summary>
    private sealed class OwnWords(Dice dice, string trade, string tool)
    {
        private readonly string _kin = dice.One(PersonaTables.Kin);
        private readonly string _beast = dice.One(PersonaTables.Beasts);

        public string Place { get; } = dice.One(PersonaTables.Places);

        public string Food { get; } = dice.One(PersonaTables.Foods);

        public string Fill(string template) => new StringBuilder(template)
            .Replace("{trade}", trade)
            .Replace("{tool}", tool)
            .Replace("{place}", Place)
            .Replace("{food}", Food)
            .Replace("{beast}", _beast)
            .Replace("{kin}", _kin)
            .Replace("{Kin}", $"{char.ToUpperInvariant(_kin[0])}{_kin[1..]}")
            .Replace("{day}", dice.One(PersonaTables.Days))
            .Replace("{n}", (7 + dice.Below(60)).ToString(CultureInfo.InvariantCulture))
            .ToString();
    }
}
