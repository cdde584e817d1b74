namespace Polyphony.Testing.Gguf;

/// <summary>How the numbers of a tensor are stored; the values are those of the format.</summary>
public enum GgufType
{
    /// <summary>Four bytes a number.</summary>
    F32 = 0,

    /// <summary><c>Q4_0</c>: blocks of 32 numbers in 18 bytes, a half-precision scale and four bits a number.</summary>
    Q4 = 2,

    /// <summary><c>Q8_0</c>: blocks of 32 numbers in 34 bytes, a half-precision scale and eight bits a number.</summary>
    Q8 = 8,
}
