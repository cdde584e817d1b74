using System.Reflection;
using System.Text.Json;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Replay;
using Polyphony.Personas;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Cli.Evaluate;

/// <summary>Reads cases, one JSON object a line: the built-in ones, and a file's.</summary>
internal static class ConductCases
{
    private const string BuiltIn = "evaluate/conduct-cases.jsonl";
    private const int MostInRoster = 32;
    private const int MostSaid = 32;

    private static readonly TimeSpan PatienceWithPipes = TimeSpan.FromSeconds(5);

    private static readonly string[] Keys = ["id", "persona", "roster", "raw", "expect", "rule", "said", "ask"];
    private static readonly string[] Required = ["id", "persona", "roster", "raw", "expect"];
    private static readonly string[] Outcomes = ["spoke", "passed", "refused", "failed"];

    /// <summary>The built-in cases, and those of the file where one is named.</summary>
    /// <exception cref="UsageException">The file cannot be used; the message names the line.</exception>
    public static async Task<IReadOnlyList<ConductCase>> ReadAsync(string? file, CancellationToken cancel)
    {
        var cases = new List<ConductCase>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        await using (var own = Assembly.GetExecutingAssembly().GetManifestResourceStream(BuiltIn)!)
        {
            await ReadAsync(new(own, BuiltIn), cases, ids, cancel);
        }

        if (file is null)
        {
            return cases;
        }

        var before = cases.Count;
        await using var stream = await OpenAsync(file, cancel);
        await ReadAsync(new(stream, file), cases, ids, cancel);
        return cases.Count > before ? cases : throw new UsageException(file, "the file holds no case; write one JSON object a line, or leave --cases out");
    }

    private static async Task ReadAsync(LineReader reader, List<ConductCase> cases, HashSet<string> ids, CancellationToken cancel)
    {
        while (await reader.ReadAsync(cancel))
        {
            if (reader.Line.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            var one = Read(reader.Line.ToArray(), reader.Place);
            if (!ids.Add(one.Id))
            {
                throw new UsageException(reader.Place, $"the id {Quoted.Of(one.Id)} stands for another case already; give it one of its own");
            }

            cases.Add(one);
        }
    }

    /// <summary>To open a pipe that nobody writes to is to wait for ever, and cannot be called off: the opening is left behind then.</summary>
    private static async Task<FileStream> OpenAsync(string file, CancellationToken cancel)
    {
        try
        {
            return await Task.Run(() => new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), cancel).WaitAsync(PatienceWithPipes, cancel);
        }
        catch (TimeoutException nobody)
        {
            throw new UsageException(file, "it is a pipe, and nobody writes to it; start what writes, or name a file", nobody);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(file, $"the file cannot be read ({cause.Message}); check that it is there and may be read", cause);
        }
    }

    private static ConductCase Read(byte[] line, string place)
    {
        try
        {
            using var json = JsonDocument.Parse(line, new() { AllowDuplicateProperties = false });
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? Read(json.RootElement, place)
                : throw new UsageException(place, "the line is not a JSON object; write one case a line");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new UsageException(place, $"the line is not JSON ({malformed.Message.Split(". ")[0]}); write one case a line", malformed);
        }
    }

    private static ConductCase Read(JsonElement json, string place)
    {
        foreach (var property in json.EnumerateObject())
        {
            if (!Keys.Contains(property.Name))
            {
                throw new UsageException(place, $"there is no key {Quoted.Of(property.Name)}; the keys are: {string.Join(", ", Keys)}");
            }
        }

        foreach (var key in Required)
        {
            if (!json.TryGetProperty(key, out _))
            {
                throw new UsageException(place, $"the key {key} is missing; a case has {string.Join(", ", Required)}");
            }
        }

        var one = new ConductCase
        {
            Id = Text(json, "id", place) is { Length: > 0 } id ? id : throw new UsageException(place, "the id is empty; give the case one"),
            Persona = Name(Text(json, "persona", place), "persona", place),
            Roster = [.. Texts(json, "roster", MostInRoster, place).Select(name => Name(name, "roster", place))],
            Raw = Text(json, "raw", place),
            Expect = Text(json, "expect", place),
            Rule = OptionalText(json, "rule", place) is { Length: > 0 } rule ? rule : null,
            Said = json.TryGetProperty("said", out _) ? Texts(json, "said", MostSaid, place) : [],
            Ask = OptionalText(json, "ask", place),
        };
        Unique(one.Roster, place);
        Sayable(one, place);
        return Outcomes.Contains(one.Expect)
            ? one
            : throw new UsageException(place, $"expect is {Quoted.Of(one.Expect)}; choose one of: {string.Join(", ", Outcomes)}");
    }

    private static void Unique(IReadOnlyList<string> roster, string place)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (roster.FirstOrDefault(name => !names.Add(name)) is { } twice)
        {
            throw new UsageException(place, $"roster names {Quoted.Of(twice)} twice; name everybody once");
        }
    }

    private static void Sayable(ConductCase one, string place)
    {
        foreach (var said in one.Said)
        {
            try
            {
                DecisionText.Write(new Decision.Speak(said), one.Protocol);
            }
            catch (ArgumentException unusable)
            {
                throw new UsageException(place, $"said: {Quoted.Of(said)} would not be read as words; write what a persona can say", unusable);
            }
        }
    }

    private static string? OptionalText(JsonElement json, string key, string place) =>
        json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? Text(json, key, place) : null;

    private static string Text(JsonElement json, string key, string place) => json.GetProperty(key) is { ValueKind: JsonValueKind.String } value
        ? value.GetString()!
        : throw new UsageException(place, $"{key} is not a string; write it in quotation marks");

    private static IReadOnlyList<string> Texts(JsonElement json, string key, int most, string place)
    {
        var value = json.GetProperty(key);
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
        {
            throw new UsageException(place, $"{key} is not a list of strings; write it as one");
        }

        return value.GetArrayLength() <= most
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw new UsageException(place, $"{key} has {value.GetArrayLength()} entries; give at most {most}");
    }

    private static string Name(string name, string key, string place)
    {
        try
        {
            return new PersonaCard(name).Name;
        }
        catch (ArgumentException unusable)
        {
            throw new UsageException(place, $"{key}: {unusable.Message.Split(" (Parameter")[0]}", unusable);
        }
    }
}
