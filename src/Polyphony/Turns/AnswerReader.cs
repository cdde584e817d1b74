using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Polyphony.Turns;

/// <summary>
/// A model's answer as it grows. Used by one loop, again and again; one that comes in a single piece is that piece, and no copy of it.
/// </summary>
internal sealed class AnswerReader
{
    private string? _only;
    private StringBuilder? _all;
    private List<FunctionCallContent>? _calls;
    private ChatFinishReason? _finish;
    private int _blocks;
    private int _reasoned;
    private int _given;
    private bool _reasons;

    /// <summary>How many characters it has, with its reasoning and what it gives to tools.</summary>
    public int Length => (_all?.Length ?? _only?.Length ?? 0) + _reasoned + _given;

    /// <summary>Begins another answer.</summary>
    public void Clear()
    {
        (_only, _all, _calls, _finish) = (null, null, null, null);
        (_blocks, _reasoned, _given, _reasons) = (0, 0, 0, false);
    }

    /// <summary>Takes a piece of the stream.</summary>
    /// <returns>Whether it brought words.</returns>
    public bool Add(ChatResponseUpdate update)
    {
        _finish = update.FinishReason ?? _finish;
        var words = false;
        var contents = update.Contents;
        for (var i = 0; i < contents.Count; i++)
        {
            switch (contents[i])
            {
                case TextContent { Text: { Length: > 0 } text }:
                    Add(text);
                    words = true;
                    break;
                case TextReasoningContent { Text: { Length: > 0 } reasoning }:
                    _blocks += _reasons ? 0 : 1;
                    _reasons = true;
                    _reasoned += reasoning.Length;
                    break;
                case FunctionCallContent call:
                    (_calls ??= []).Add(call);
                    _given += LengthOf(call);
                    break;
            }
        }

        return words;
    }

    /// <summary>The words so far, reasoning in tags included.</summary>
    public string Written => _all?.ToString() ?? _only ?? "";

    /// <summary>The whole answer.</summary>
    public ModelAnswer ToAnswer(string persona)
    {
        var text = ReasoningText.Split(Written);
        return new()
        {
            Persona = persona,
            Text = text.Visible,
            ToolCalls = _calls ?? (IReadOnlyList<FunctionCallContent>)[],
            FinishReason = _finish,
            ReasoningBlocks = text.Blocks + _blocks,
            ReasoningLength = text.Length + _reasoned,
        };
    }

    private static int LengthOf(FunctionCallContent call)
    {
        var length = call.Name.Length;
        foreach (var (name, value) in call.Arguments ?? new Dictionary<string, object?>())
        {
            length += name.Length + (value is JsonElement element ? element.GetRawText().Length : value?.ToString()?.Length ?? 0);
        }

        return length;
    }

    private void Add(string words)
    {
        _reasons = false;
        if (_only is null)
        {
            _only = words;
        }
        else
        {
            (_all ??= new(_only)).Append(words);
        }
    }
}
