using System.Buffers;
using System.Globalization;
using System.Text;
using Polyphony.Llama.Native;

namespace Polyphony.Llama.Text;

/// <summary>One turn of a chat as a template sees it: one message, or several that share it.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Messages">How many messages stand in it.</param>
internal readonly record struct TemplateTurn(TemplateRole Role, int Messages = 1);

/// <summary>
/// What a template puts around messages, without the messages: they are stood for by numbers between control characters, so that nothing in them can be read as a mark, trimmed or lost
/// without its being seen. By the engine's own list of templates. Thread-safe.
/// </summary>
internal sealed unsafe class TemplateScaffold
{
    /// <summary>What separates messages that share a turn.</summary>
    public const string Separator = "\n\n";

    private const byte SlotStart = 0x01;
    private const byte SlotEnd = 0x02;
    private const int BytesOfTurn = 128;
    private const int RoleBytes = 10;

    // Each role in as many bytes as the longest needs.
    private static readonly byte[] Roles = "system\0\0\0\0user\0\0\0\0\0\0assistant\0"u8.ToArray();

    private readonly byte[] _template;

    public TemplateScaffold(string template) => _template = Encoding.UTF8.GetBytes(template + '\0');

    /// <summary>Whether the engine knows the template.</summary>
    public bool IsKnown => Apply([new(TemplateRole.User)], asks: false, "") is not null;

    /// <summary>The texts before, between and behind the messages; null where the template loses one or moves it.</summary>
    /// <param name="turns">The turns.</param>
    /// <param name="asks">Whether the model is asked to reply.</param>
    /// <param name="padding">Stands on both sides of every message.</param>
    /// <exception cref="LlamaException">The engine does not know the template.</exception>
    public string[]? Around(IReadOnlyList<TemplateTurn> turns, bool asks, string padding = "") =>
        Split(Apply(turns, asks, padding) ?? throw new LlamaException(LlamaFault.UnknownTemplate, "the engine does not know the template"), turns.Sum(turn => turn.Messages));

    private static string[]? Split(ReadOnlySpan<byte> text, int messages)
    {
        var around = new string[messages + 1];
        for (var i = 0; i < messages; i++)
        {
            var (start, end) = (text.IndexOf(SlotStart), text.IndexOf(SlotEnd));
            if (start < 0 || end < start || !int.TryParse(text[(start + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture, out var slot) || slot != i)
            {
                return null;
            }

            around[i] = Encoding.UTF8.GetString(text[..start]);
            text = text[(end + 1)..];
        }

        around[messages] = Encoding.UTF8.GetString(text);
        return text.Contains(SlotStart) ? null : around;
    }

    private byte[]? Apply(IReadOnlyList<TemplateTurn> turns, bool asks, string padding)
    {
        var contents = new ArrayBufferWriter<byte>(turns.Count * 16);
        contents.Write(Roles);
        var offsets = new int[turns.Count];
        var message = 0;
        for (var i = 0; i < turns.Count; i++)
        {
            offsets[i] = contents.WrittenCount;
            for (var k = 0; k < turns[i].Messages; k++)
            {
                Utf8(contents, k == 0 ? "" : Separator);
                Utf8(contents, padding);
                Slot(contents, message++);
                Utf8(contents, padding);
            }

            contents.Write<byte>([0]);
        }

        var messages = new NativeChatMessage[turns.Count];
        fixed (byte* first = contents.WrittenSpan)
        fixed (byte* template = _template)
        fixed (NativeChatMessage* chat = messages)
        {
            for (var i = 0; i < messages.Length; i++)
            {
                messages[i] = new() { Role = first + ((int)turns[i].Role * RoleBytes), Content = first + offsets[i] };
            }

            for (var size = BytesOfTurn * (turns.Count + 4); ;)
            {
                var text = new byte[size];
                fixed (byte* buffer = text)
                {
                    var length = NativeMethods.llama_chat_apply_template(template, chat, (nuint)messages.Length, asks ? (byte)1 : (byte)0, buffer, size);
                    if (length <= size)
                    {
                        return length < 0 ? null : text[..length];
                    }

                    size = length;
                }
            }
        }
    }

    private static void Slot(ArrayBufferWriter<byte> to, int number)
    {
        var span = to.GetSpan(16);
        span[0] = SlotStart;
        number.TryFormat(span[1..], out var written, default, CultureInfo.InvariantCulture);
        span[written + 1] = SlotEnd;
        to.Advance(written + 2);
    }

    private static void Utf8(ArrayBufferWriter<byte> to, string text) => Encoding.UTF8.GetBytes(text, to);
}
