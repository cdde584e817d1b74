using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using Polyphony.Rooms;

namespace Polyphony.Capture;

/// <summary>The stored form of captured turns: a first line that says what the file is, then one line of JSON a turn. Thread-safe.</summary>
/// <remarks>Every text reads back as it was given, half surrogate pairs included.</remarks>
public static class CapturedTurnCodec
{
    /// <summary>The version of the stored form. A newer one is refused.</summary>
    public const int Version = 1;

    private static readonly CapturedTurnJsonContext Context = new(new JsonSerializerOptions(CapturedTurnJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>The first line of a file, with its end.</summary>
    internal static byte[] Head { get; } = [.. JsonSerializer.SerializeToUtf8Bytes(new CaptureHead(Version), Context.CaptureHead), (byte)'\n'];

    /// <summary>Writes one turn, without the end of its line.</summary>
    public static byte[] Encode(CapturedTurn turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        return JsonSerializer.SerializeToUtf8Bytes(turn, Context.CapturedTurn);
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <exception cref="JsonException">The line is damaged, or of a newer version.</exception>
    public static CapturedTurn Decode(ReadOnlySpan<byte> line)
    {
        CapturedTurn? turn;
        try
        {
            turn = JsonSerializer.Deserialize(line, Context.CapturedTurn);
        }
        catch (NotSupportedException error)
        {
            // The serializer's way to say that a kind of outcome is missing.
            throw new JsonException("the outcome has no kind", error);
        }

        return turn is null || turn.Messages.Contains(null!) || turn.Calls.Any(static c => c is null || c.Added.Contains(null!)) ? throw new JsonException("a part is null")
            : turn.V != Version ? throw new JsonException($"it is of version {turn.V}")
            : turn;
    }

    /// <summary>The version of a file, from its first line; null where it is no file of captured turns.</summary>
    internal static int? VersionOf(ReadOnlySpan<byte> firstLine)
    {
        try
        {
            return JsonSerializer.Deserialize(firstLine, Context.CaptureHead)?.PolyphonyTurns;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The SHA-256 of a prompt: of every role and text, each with its length in front, so that no two prompts look alike.</summary>
    public static string DigestOf(IEnumerable<CapturedMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var message in messages)
        {
            Append(hash, message.Role);
            Append(hash, message.Text);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The messages as they are stored.</summary>
    public static IReadOnlyList<CapturedMessage> Captured(IEnumerable<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return [.. messages.Select(static m => new CapturedMessage(m.Role.Value, m.Text))];
    }

    private static void Append(IncrementalHash hash, string text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        hash.AppendData(length);
        if (BitConverter.IsLittleEndian)
        {
            hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
            return;
        }

        foreach (var c in text)
        {
            hash.AppendData([(byte)c, (byte)(c >> 8)]);
        }
    }
}

/// <summary>The first line of a file.</summary>
/// <param name="PolyphonyTurns">The version of the stored form.</param>
internal sealed record CaptureHead(int PolyphonyTurns);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    Converters = [typeof(StoredTextJsonConverter)])]
[JsonSerializable(typeof(CapturedTurn))]
[JsonSerializable(typeof(CaptureHead))]
internal sealed partial class CapturedTurnJsonContext : JsonSerializerContext;
