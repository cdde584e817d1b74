using System.Buffers;
using System.Text;

namespace Polyphony.Prompting;

/// <summary>
/// The control tokens of chat templates, and the look-alikes that take the place of their marks: a reader still sees what it was, a tokenizer sees ordinary text. Undone exactly: a look-alike that somebody
/// wrote is told from one of these by the <see cref="Escape"/> before it.
/// </summary>
internal static class ControlTokens
{
    private const string Marks = "<>[]|｜◁▷:：";
    private const string MarkLooks = "˂˃⟦⟧¦￤◃▹꞉︓";
    private const char Escape = '˙';
    private const char FirstPicture = '\u2400';

    /// <summary>Everything that has a meaning in a neutralised text.</summary>
    public static readonly string LookAlikes = MarkLooks + Escape + string.Concat(Enumerable.Range(FirstPicture, ' ').Select(static c => (char)c));

    /// <summary>What a token begins with.</summary>
    public const string OpeningMarks = "<|[]｜◁";

    private static readonly SearchValues<char> Openers = SearchValues.Create(OpeningMarks);

    private static readonly SearchValues<char> Armed = SearchValues.Create(LookAlikes);

    // Templates of a whole conversation on one line (Vicuna, LongCat) write these between the turns.
    private static readonly string[] InlineRoles = ["USER:", "ASSISTANT:"];

    private const string Colons = ":：";

    private static readonly string[] IdPrefixes = ["human:", "persona:", "agent:", "system:"];

    private static readonly SearchValues<string> AnyInlineRole = SearchValues.Create(InlineRoles, StringComparison.Ordinal);

    // Each token is written with its family. "<|" and "|>" cover every token between them: ChatML, Llama 3 and 4, Phi, Zephyr, Granite, Command's turns, GPT-OSS's channels, Kimi, and more; "<｜" and "｜>"
    // those of DeepSeek, Hunyuan and Step; "[|" and "|]" those of EXAONE.
    private static readonly string[] Tokens =
    [
        "<|", "|>", "<｜", "｜>", "[|", "|]",
        // Llama 2 and Mistral
        "<<SYS>>", "<</SYS>>", "<s>", "</s>", "<unk>", "[INST]", "[/INST]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]",
        "[TOOL_CONTENT]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[MODEL_SETTINGS]", "[/MODEL_SETTINGS]", "[CALL_ID]", "[ARGS]", "[THINK]", "[/THINK]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]",
        "[IMG]", "[IMG_BREAK]", "[IMG_END]", "[AUDIO]", "[BEGIN_AUDIO]", "[TRANSCRIBE]",
        // Gemma
        "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>", "<start_of_audio>", "<end_of_audio>", "<image_soft_token>", "<audio_soft_token>", "<bos>", "<eos>", "<pad>", "<mask>", "<unused",
        // Command
        "<BOS_TOKEN>", "<EOS_TOKEN>", "<PAD_TOKEN>", "<UNK>", "<EOP_TOKEN>",
        // GLM, MiniMax, Seed, Nemotron, T5
        "[MASK]", "[gMASK]", "[sMASK]", "<sop>", "<eop>", "]~b]", "]~!b[", "[e~[", "]!p~[", "]!d~[", "]<]", "[>[", "<minimax:", "</minimax:", "<seed:", "</seed:", "<SPECIAL_", "<extra_id_", "<reserved_",
        // Kimi, DeepSeek's tools, Ling, LongCat, MiniCPM, InternLM, Pangu, Yandex and Reka, Skywork, Apriel
        "[BOS]", "[EOS]", "[EOT]", "[PAD]", "[UNK]", "◁think▷", "◁/think▷", "｜DSML｜", "<role>", "</role>", "<longcat_", "</longcat_", "<用户>", "<AI>", "<TOKENS_UNUSED_", "<eoh>", "<eoa>",
        "[UNUSED_TOKEN_", "[unused", "[CLS]", "[SEP]", "<sep>", "[USER]", "[BOT]", "[BEGIN FINAL RESPONSE]", "[END FINAL RESPONSE]",
        // Code models
        "<fim_", "<PRE>", "<SUF>", "<MID>", "<EOT>",
        // Reasoning and tools, in use by several
        "<think>", "</think>", "<thinking>", "</thinking>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<tools>", "</tools>", "<function_calls>", "</function_calls>",
        "<function=", "</function>", "<parameter=", "</parameter>",
    ];

    /// <summary>Whether a role's word stands somewhere as a template writes it between turns on one line.</summary>
    public static bool HoldsInlineRole(string text) => text.AsSpan().ContainsAny(AnyInlineRole);

    /// <summary>Puts look-alikes in the place of the marks of every token.</summary>
    public static string Disarm(string text)
    {
        text = DisarmRoles(text);
        var at = text.AsSpan().IndexOfAny(Openers);
        if (at < 0)
        {
            return text;
        }

        var safe = new StringBuilder(text.Length);
        safe.Append(text, 0, at);
        for (var i = at; i < text.Length; i++)
        {
            if (Openers.Contains(text[i]) && TokenAt(text, i) is { } token)
            {
                // As it was written, in whatever case.
                foreach (var c in text.AsSpan(i, token.Length))
                {
                    safe.Append(Marks.IndexOf(c, StringComparison.Ordinal) is var mark and >= 0 ? MarkLooks[mark] : c);
                }

                i += token.Length - 1;
            }
            else
            {
                safe.Append(text[i]);
            }
        }

        return safe.ToString();
    }

    /// <summary>A name without colons, so that what stands before a line's first colon is its speaker's whole name. An id keeps the one behind its kind.</summary>
    public static string DisarmColons(string name)
    {
        var from = IdPrefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length && !char.IsWhiteSpace(name[prefix.Length]))?.Length ?? 0;
        return name.AsSpan(from).IndexOfAny(Colons) < 0 ? name : string.Concat(name.AsSpan(0, from), name[from..].Replace(':', '꞉').Replace('：', '︓'));
    }

    /// <summary>Undoes <see cref="Disarm"/>, <see cref="DisarmColons"/>, <see cref="PictureOf"/> and <see cref="AppendLiteral"/>.</summary>
    public static string Rearm(string safe)
    {
        if (safe.AsSpan().IndexOfAny(Armed) < 0)
        {
            return safe;
        }

        var text = new StringBuilder(safe.Length);
        for (var i = 0; i < safe.Length; i++)
        {
            var c = safe[i];
            if (c == Escape && i + 1 < safe.Length)
            {
                text.Append(safe[++i]);
            }
            else
            {
                text.Append(MarkLooks.IndexOf(c, StringComparison.Ordinal) is var mark and >= 0 ? Marks[mark] : c is >= FirstPicture and < (char)(FirstPicture + ' ') ? (char)(c - FirstPicture) : c);
            }
        }

        return text.ToString();
    }

    /// <summary>What stands for a control character.</summary>
    public static char PictureOf(char control) => (char)(FirstPicture + control);

    /// <summary>Appends a character that somebody wrote.</summary>
    public static void AppendLiteral(StringBuilder safe, char c)
    {
        if (Armed.Contains(c))
        {
            safe.Append(Escape);
        }

        safe.Append(c);
    }

    private static string DisarmRoles(string text)
    {
        if (HoldsInlineRole(text))
        {
            foreach (var role in InlineRoles)
            {
                text = text.Replace(role, role[..^1] + '꞉', StringComparison.Ordinal);
            }
        }

        return text;
    }

    private static string? TokenAt(string text, int i)
    {
        foreach (var token in Tokens)
        {
            if (string.Compare(text, i, token, 0, token.Length, StringComparison.OrdinalIgnoreCase) == 0)
            {
                return token;
            }
        }

        return null;
    }
}
