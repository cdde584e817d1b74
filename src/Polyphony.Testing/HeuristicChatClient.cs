using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Turns;

namespace Polyphony.Testing;

/// <summary>
/// A deterministic stand-in for a model: it always speaks, and what it says follows from the call alone,
/// <c>[heuristic:HHHHHHHH] ack: "LAST"</c>. HHHHHHHH is the start of the SHA-256 over the model, each message's role and text, the temperature and the
/// output limit; LAST is the end of the last user message.
/// </summary>
/// <remarks>
/// It answers only to models whose name begins with <see cref="ModelPrefix"/>, so that it never stands in for a real one by mistake. A call for JSON gets
/// <c>{"will_respond":true,"response":…}</c>, and so does one under a grammar; a call that requires a tool gets a call of <c>speak</c>. Thread-safe, and meant to be shared. It reads no clock, no environment and no randomness.
/// </remarks>
public sealed class HeuristicChatClient : IChatClient, IAdapterWarmup
{
    /// <summary>What the name of its model must begin with, in any case.</summary>
    public const string ModelPrefix = "heuristic";

    /// <summary>The most characters of the last user message that are given back: 200.</summary>
    public const int EchoedCharacters = 200;

    private static readonly ChatClientMetadata Metadata = new("heuristic");

    private readonly TimeProvider _time;

    /// <param name="time">The clock that <see cref="Delay"/> runs on; the system's where absent.</param>
    public HeuristicChatClient(TimeProvider? time = null) => _time = time ?? TimeProvider.System;

    /// <summary>How long every answer takes. Default: none.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Why every warm-up fails; null, the default, for one that succeeds.</summary>
    public string? WarmupFailure { get; init; }

    /// <summary>Told of every warm-up attempt, before it can fail. On the caller's thread; be thread-safe.</summary>
    public Action? OnWarmup { get; init; }

    /// <summary>Told of every attempt to answer, before it can fail or be delayed. On the caller's thread; be thread-safe.</summary>
    public Action? OnGenerate { get; init; }

    /// <summary>Fails when the profile's model is not one of its own, or as <see cref="WarmupFailure"/> says.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public ValueTask WarmUpAsync(InferenceProfile profile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        OnWarmup?.Invoke();
        cancellationToken.ThrowIfCancellationRequested();
        ThrowUnlessOwn(profile.Model);
        return WarmupFailure is null ? ValueTask.CompletedTask : throw new InvalidOperationException(WarmupFailure);
    }

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        OnGenerate?.Invoke();
        ThrowUnlessOwn(options?.ModelId);
        cancellationToken.ThrowIfCancellationRequested();
        if (Delay > TimeSpan.Zero)
        {
            await Task.Delay(Delay, _time, cancellationToken);
        }

        var words = Answer(messages, options);
        yield return options?.ToolMode is RequiredChatToolMode
            ? new(ChatRole.Assistant, [DecisionText.Call(new Decision.Speak(words))]) { ModelId = options.ModelId, FinishReason = ChatFinishReason.ToolCalls }
            : new(ChatRole.Assistant, words) { ModelId = options?.ModelId, FinishReason = ChatFinishReason.Stop };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType == typeof(ChatClientMetadata) ? Metadata
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static void ThrowUnlessOwn(string? model)
    {
        if (model is null || !model.StartsWith(ModelPrefix, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException(
                $"the heuristic stand-in does not answer as '{model}'; give the profile a model whose name begins with '{ModelPrefix}', or build a client for that model");
        }
    }

    private static string Answer(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, options?.ModelId);
        string? last = null;
        foreach (var message in messages)
        {
            var text = message.Text;
            Append(hash, message.Role.Value);
            Append(hash, text);
            if (message.Role == ChatRole.User && text.Length > 0)
            {
                last = text;
            }
        }

        Append(hash, options?.Temperature is { } temperature ? BitConverter.SingleToInt32Bits(temperature) : null);
        Append(hash, options?.MaxOutputTokens);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        var words = $"[heuristic:{Convert.ToHexStringLower(digest[..4])}] ack: \"{(last is null ? "(no user text in prompt)" : EndOf(last))}\"";
        return options?.ResponseFormat is ChatResponseFormatJson || options?.AdditionalProperties?.ContainsKey(JsonGrammarProtocol.GrammarKey) == true ? DecisionText.Json(speaks: true, words) : words;
    }

    // Every field has its length in front, so that no two calls look alike to the hash.
    private static void Append(IncrementalHash hash, string? text)
    {
        var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
        Append(hash, text is null ? null : bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, int? number)
    {
        Span<byte> bytes = stackalloc byte[1 + sizeof(int)];
        bytes[0] = number is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], number ?? 0);
        hash.AppendData(bytes);
    }

    private static string EndOf(string text)
    {
        var start = Math.Max(0, text.Length - EchoedCharacters);
        return text[(start > 0 && char.IsLowSurrogate(text[start]) ? start + 1 : start)..];
    }
}
