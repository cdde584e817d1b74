using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Polyphony.Personas;

/// <summary>A card written in YAML. It is read event by event, so that nesting costs nothing and an alias is refused before it means anything.</summary>
internal static class YamlCard
{
    // The scanner's time grows with the square of the depth.
    private const int MaxDepth = 64;

    public static List<CardEntry> Read(string file, string text)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.MoveNext();
            parser.MoveNext();
            if (parser.Current is StreamEnd)
            {
                return [];
            }

            var entries = ReadMapping(file, parser);
            parser.MoveNext();
            if (parser.MoveNext() && parser.Current is not StreamEnd)
            {
                throw PersonaCardException.At(file, LineOf(parser.Current), "a second document begins here; write one card a file");
            }

            return entries;
        }
        catch (YamlException e)
        {
            throw NotYaml(file, e.Start.Line, $" ({e.Message.TrimEnd('.')})", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Some malformed texts end so in the parser, with a message that would tell nobody anything.
            throw NotYaml(file, parser.Current?.End.Line ?? 1, "", e);
        }
    }

    private static List<CardEntry> ReadMapping(string file, Parser parser)
    {
        parser.MoveNext();
        if (parser.Current is not MappingStart)
        {
            throw PersonaCardException.At(file, LineOf(parser.Current), "a card is a mapping of keys to values; begin with 'name: ' and a name");
        }

        var entries = new List<CardEntry>();
        while (parser.MoveNext() && parser.Current is not MappingEnd)
        {
            RefuseAlias(file, parser);
            if (parser.Current is not Scalar key)
            {
                throw PersonaCardException.At(file, LineOf(parser.Current), "a key must be plain text; check the indentation");
            }

            parser.MoveNext();
            entries.Add(new(key.Value, key.Start.Line, ReadValue(file, parser)));
        }

        return entries;
    }

    private static CardValue ReadValue(string file, Parser parser)
    {
        var line = LineOf(parser.Current);
        RefuseAlias(file, parser);
        switch (parser.Current)
        {
            case Scalar scalar:
                return IsNothing(scalar) ? new CardValue.Nothing(line) : new CardValue.Text(line, scalar.Value);
            case SequenceStart:
                var items = new List<CardValue>();
                while (parser.MoveNext() && parser.Current is not SequenceEnd)
                {
                    items.Add(parser.Current is SequenceStart ? Skip(file, parser, "a list") : ReadValue(file, parser));
                }

                return new CardValue.List(line, items);
            default:
                return Skip(file, parser, "a mapping (a text that holds ': ' needs quotes around it)");
        }
    }

    private static CardValue.Other Skip(string file, Parser parser, string kind)
    {
        var line = LineOf(parser.Current);
        for (var depth = 1; depth > 0;)
        {
            parser.MoveNext();
            RefuseAlias(file, parser);
            depth += parser.Current!.NestingIncrease;
            if (depth > MaxDepth)
            {
                throw PersonaCardException.At(file, LineOf(parser.Current), "brackets are nested too deep; a card has texts and lists of texts only");
            }
        }

        return new(line, kind);
    }

    private static void RefuseAlias(string file, Parser parser)
    {
        if (parser.Current is AnchorAlias alias)
        {
            throw PersonaCardException.At(file, alias.Start.Line, "aliases ('*name') are not read; write the text out");
        }
    }

    private static bool IsNothing(Scalar scalar) =>
        scalar.Style is ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";

    private static PersonaCardException NotYaml(string file, long line, string why, Exception cause) =>
        PersonaCardException.At(file, line, $"this is not YAML{why}; check brackets, quotes, colons and indentation near here", cause);

    private static long LineOf(ParsingEvent? current) => current?.Start.Line ?? 1;
}
