using System.Text;

namespace Polyphony.Turns;

/// <summary>A model's answer as it grows. One that comes in a single piece is that piece, and no copy of it.</summary>
internal struct AnswerText
{
    private string? _only;
    private StringBuilder? _all;

    public readonly int Length => _all?.Length ?? _only?.Length ?? 0;

    public void Add(string words)
    {
        if (_only is null)
        {
            _only = words;
        }
        else
        {
            (_all ??= new(_only)).Append(words);
        }
    }

    public override readonly string ToString() => _all?.ToString() ?? _only ?? "";
}
