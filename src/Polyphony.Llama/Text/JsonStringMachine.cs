namespace Polyphony.Llama.Text;

/// <summary>Where one is inside a JSON string, its opening quote behind.</summary>
internal enum JsonStringState : byte
{
    /// <summary>Between letters.</summary>
    Plain,

    /// <summary>Behind a backslash.</summary>
    Escape,

    /// <summary>Before the first of four digits.</summary>
    Digit1,

    /// <summary>Before the second, behind a D: half of a letter must not be written.</summary>
    Digit2BehindD,

    /// <summary>Before the second.</summary>
    Digit2,

    /// <summary>Before the third.</summary>
    Digit3,

    /// <summary>Before the fourth.</summary>
    Digit4,

    /// <summary>Before the last byte of a letter.</summary>
    Tail1,

    /// <summary>Before the last two bytes.</summary>
    Tail2,

    /// <summary>Before the last three.</summary>
    Tail3,

    /// <summary>Behind the byte E0, which must not begin what is shorter.</summary>
    TailOfE0,

    /// <summary>Behind the byte ED, which must not begin half of a letter.</summary>
    TailOfED,

    /// <summary>Behind the byte F0, which must not begin what is shorter.</summary>
    TailOfF0,

    /// <summary>Behind the byte F4, which must not begin what is no letter any more.</summary>
    TailOfF4,

    /// <summary>Behind the closing quote.</summary>
    Closed,

    /// <summary>Nowhere: that byte must not stand there.</summary>
    Wrong,
}

/// <summary>What may stand in a JSON string, byte by byte: valid JSON of valid UTF-8 without halves of letters.</summary>
internal static class JsonStringMachine
{
    /// <summary>How many states something may follow in: the first ones.</summary>
    public const int OpenStates = (int)JsonStringState.Closed;

    private static readonly JsonStringState[] Steps = [.. Enumerable.Range(0, OpenStates * 256).Select(i => Next((JsonStringState)(i / 256), (byte)i))];

    public static JsonStringState Step(JsonStringState from, byte value) => from < JsonStringState.Closed ? Steps[((int)from * 256) + value] : JsonStringState.Wrong;

    /// <summary>Where the bytes lead, and how many are used: all, unless the string is closed before.</summary>
    public static JsonStringState Run(JsonStringState from, ReadOnlySpan<byte> bytes, out int used)
    {
        for (used = 0; used < bytes.Length;)
        {
            from = Step(from, bytes[used++]);
            if (from >= JsonStringState.Closed)
            {
                break;
            }
        }

        return from;
    }

    private static JsonStringState Next(JsonStringState from, byte value) => from switch
    {
        JsonStringState.Plain => NextLetter(value),
        JsonStringState.Escape => value == 'u' ? JsonStringState.Digit1 : "\"\\/bfnrt"u8.Contains(value) ? JsonStringState.Plain : JsonStringState.Wrong,
        JsonStringState.Digit1 => Digit(value, value is (byte)'d' or (byte)'D' ? JsonStringState.Digit2BehindD : JsonStringState.Digit2),
        JsonStringState.Digit2BehindD => value is >= (byte)'0' and <= (byte)'7' ? JsonStringState.Digit3 : JsonStringState.Wrong,
        JsonStringState.Digit2 => Digit(value, JsonStringState.Digit3),
        JsonStringState.Digit3 => Digit(value, JsonStringState.Digit4),
        JsonStringState.Digit4 => Digit(value, JsonStringState.Plain),
        JsonStringState.Tail1 => Tail(value, 0x80, 0xBF, JsonStringState.Plain),
        JsonStringState.Tail2 => Tail(value, 0x80, 0xBF, JsonStringState.Tail1),
        JsonStringState.Tail3 => Tail(value, 0x80, 0xBF, JsonStringState.Tail2),
        JsonStringState.TailOfE0 => Tail(value, 0xA0, 0xBF, JsonStringState.Tail1),
        JsonStringState.TailOfED => Tail(value, 0x80, 0x9F, JsonStringState.Tail1),
        JsonStringState.TailOfF0 => Tail(value, 0x90, 0xBF, JsonStringState.Tail2),
        JsonStringState.TailOfF4 => Tail(value, 0x80, 0x8F, JsonStringState.Tail2),
        _ => JsonStringState.Wrong,
    };

    private static JsonStringState NextLetter(byte value) => value switch
    {
        (byte)'"' => JsonStringState.Closed,
        (byte)'\\' => JsonStringState.Escape,
        < 0x20 => JsonStringState.Wrong,
        < 0x80 => JsonStringState.Plain,
        < 0xC2 => JsonStringState.Wrong,
        < 0xE0 => JsonStringState.Tail1,
        0xE0 => JsonStringState.TailOfE0,
        0xED => JsonStringState.TailOfED,
        < 0xF0 => JsonStringState.Tail2,
        0xF0 => JsonStringState.TailOfF0,
        < 0xF4 => JsonStringState.Tail3,
        0xF4 => JsonStringState.TailOfF4,
        _ => JsonStringState.Wrong,
    };

    private static JsonStringState Digit(byte value, JsonStringState then) => char.IsAsciiHexDigit((char)value) ? then : JsonStringState.Wrong;

    private static JsonStringState Tail(byte value, byte first, byte last, JsonStringState then) => value >= first && value <= last ? then : JsonStringState.Wrong;
}
