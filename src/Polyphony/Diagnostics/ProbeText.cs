using System.Globalization;

namespace Polyphony.Diagnostics;

/// <summary>A text that is filled again and again, so that a message costs no allocation. Belongs to one writer.</summary>
internal sealed class ProbeText
{
    private char[] _chars = new char[512];
    private int _length;

    public ReadOnlySpan<char> Written => _chars.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Append(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        text.CopyTo(_chars.AsSpan(_length));
        _length += text.Length;
    }

    /// <summary>A value as a person reads it: numbers with at most three decimals, the same everywhere.</summary>
    public void Append(object? value)
    {
        switch (value)
        {
            case string text: Append(text.AsSpan()); break;
            case double number: Append(number); break;
            case int number: Append((long)number); break;
            case long number: Append(number); break;
            case ISpanFormattable other: Append(other.ToString(null, CultureInfo.InvariantCulture).AsSpan()); break;
            default: Append("nothing".AsSpan()); break;
        }
    }

    public override string ToString() => Written.ToString();

    public void Append(double number)
    {
        Reserve(ProbeNumber.MostChars);
        _length += ProbeNumber.Format(number, _chars.AsSpan(_length));
    }

    public void Append(long number)
    {
        Reserve(ProbeNumber.MostChars);
        _length += ProbeNumber.Format(number, _chars.AsSpan(_length));
    }

    private void Reserve(int more)
    {
        if (_chars.Length - _length < more)
        {
            Array.Resize(ref _chars, Math.Max(_chars.Length * 2, _length + more));
        }
    }
}
