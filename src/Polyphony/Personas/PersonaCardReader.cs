using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Polyphony.Personas;

/// <summary>
/// Reads persona cards written in YAML (<c>.yaml</c>, <c>.yml</c>) or JSON (<c>.json</c>). Keys match in any case, with or without hyphens and
/// underscores; an unknown key is an error, so that a typo does not pass in silence.
/// </summary>
public static class PersonaCardReader
{
    /// <summary>The largest file that is read, in bytes: 1 MiB.</summary>
    public const int MaxFileBytes = 1024 * 1024;

    /// <summary>The longest line that is read, in bytes: 64 KiB.</summary>
    public const int MaxLineBytes = 64 * 1024;

    /// <summary>Reads the cards of files and folders, in the order given; a folder's in ordinal order of their file names.</summary>
    /// <param name="paths">Card files, or folders of them. What else is in a folder is left alone, and so are folders in it.</param>
    /// <exception cref="PersonaCardException">A card is not usable, a folder has none, or two share a name or an id.</exception>
    public static IReadOnlyList<PersonaCard> Read(params IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var cards = new List<PersonaCard>();
        var byName = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var byId = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in paths.SelectMany(CardFiles))
        {
            var card = OpenFile(file);
            CheckUnique(byName, file, card.NameLine, "name", card.Card.Name);
            CheckUnique(byId, file, card.IdLine, "id", card.Card.Id.Value);
            cards.Add(card.Card);
        }

        return cards;
    }

    /// <summary>Reads one card file.</summary>
    /// <exception cref="PersonaCardException">The card is not usable.</exception>
    public static PersonaCard ReadFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return OpenFile(path).Card;
    }

    /// <summary>Reads one card from a stream, such as an embedded resource. The stream stays open.</summary>
    /// <param name="content">The card, in UTF-8.</param>
    /// <param name="displayName">The name by which messages call it; its extension says the format.</param>
    /// <exception cref="PersonaCardException">The card is not usable.</exception>
    public static PersonaCard Read(Stream content, string displayName)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(displayName);
        return ReadStream(content, displayName).Card;
    }

    /// <summary>Reads one card from text.</summary>
    /// <param name="text">The card.</param>
    /// <param name="displayName">The name by which messages call it; its extension says the format.</param>
    /// <exception cref="PersonaCardException">The card is not usable.</exception>
    public static PersonaCard Parse(string text, string displayName)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(displayName);
        if (text.Length > MaxFileBytes)
        {
            throw TooLarge(displayName);
        }

        try
        {
            return Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text), displayName).Card;
        }
        catch (EncoderFallbackException e)
        {
            var line = text.AsSpan(0, e.Index).Count('\n') + 1;
            throw PersonaCardException.At(displayName, line, "the text holds half a character; write it anew", e);
        }
    }

    private static LocatedCard OpenFile(string path)
    {
        _ = FormatOf(path);
        try
        {
            // To open a pipe that nobody writes to would be to wait for ever; it shows no length, and a file without one is no card either.
            if (new FileInfo(path) is { Exists: true, Length: 0 })
            {
                throw PersonaCardException.At(path, 1, "name", "the card is empty, or is no plain file; add 'name' with the name to show in the room");
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return file.CanSeek && file.Length > MaxFileBytes ? throw TooLarge(path) : ReadStream(file, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw PersonaCardException.In(path, "there is no such file or folder; check the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw PersonaCardException.In(path, $"it cannot be read ({e.Message.TrimEnd('.')}); check the path and who may read it", e);
        }
    }

    private static LocatedCard ReadStream(Stream content, string displayName)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (content.Read(buffer) is > 0 and var read)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MaxFileBytes)
            {
                throw TooLarge(displayName);
            }
        }

        return Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), displayName);
    }

    private static LocatedCard Parse(ReadOnlySpan<byte> utf8, string file)
    {
        var format = FormatOf(file);
        if (utf8.Length > MaxFileBytes)
        {
            throw TooLarge(file);
        }

        utf8 = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        CheckLines(utf8, file);
        if (utf8.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            throw PersonaCardException.At(file, 1, "name", "the card is empty; add 'name' with the name to show in the room");
        }

        return CardFields.Read(file, format == Format.Json ? JsonCard.Read(file, utf8) : YamlCard.Read(file, Encoding.UTF8.GetString(utf8)));
    }

    private static void CheckLines(ReadOnlySpan<byte> utf8, string file)
    {
        var line = 1;
        while (!utf8.IsEmpty)
        {
            var end = utf8.IndexOf((byte)'\n');
            var content = end < 0 ? utf8 : utf8[..end];
            if (content.Length > MaxLineBytes)
            {
                throw PersonaCardException.At(file, line, $"the line has {content.Length} bytes; break it, a line may have {MaxLineBytes}");
            }

            if (!Utf8.IsValid(content))
            {
                throw PersonaCardException.At(file, line, $"byte {ValidPrefix(content) + 1} of the line is not UTF-8; save the file as UTF-8");
            }

            utf8 = end < 0 ? [] : utf8[(end + 1)..];
            line++;
        }
    }

    private static int ValidPrefix(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        while (at < utf8.Length && Rune.DecodeFromUtf8(utf8[at..], out _, out var length) == OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    private static IEnumerable<string> CardFiles(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        try
        {
            var files = Directory.GetFiles(path).Where(file => FormatOfOrNull(file) is not null).ToArray();
            Array.Sort(files, static (a, b) => string.CompareOrdinal(Path.GetFileName(a), Path.GetFileName(b)));
            return files.Length > 0
                ? files
                : throw PersonaCardException.In(path, "the folder has no persona card; put a .yaml, .yml or .json file in it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw PersonaCardException.In(path, $"the folder cannot be read ({e.Message.TrimEnd('.')}); check who may read it", e);
        }
    }

    private static void CheckUnique(Dictionary<string, string> firstFiles, string file, long line, string key, string value)
    {
        if (!firstFiles.TryAdd(value, file))
        {
            throw PersonaCardException.At(file, line, key, $"'{value}' is taken by {firstFiles[value]}; give one of the two another {key}");
        }
    }

    private static Format FormatOf(string file) =>
        FormatOfOrNull(file) ?? throw PersonaCardException.In(file, "this is no card file by its name; end it in .yaml, .yml or .json");

    private static Format? FormatOfOrNull(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".YAML" or ".YML" => Format.Yaml,
        ".JSON" => Format.Json,
        _ => null,
    };

    private static PersonaCardException TooLarge(string file) =>
        PersonaCardException.In(file, $"it is larger than {MaxFileBytes} bytes, more than a card may have; shorten it");

    private enum Format
    {
        Yaml,
        Json,
    }
}
