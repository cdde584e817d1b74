using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Polyphony.Testing;

/// <summary>One call that a <see cref="ScriptedChatClient"/> received.</summary>
/// <param name="Messages">What it was shown.</param>
/// <param name="Options">With which options.</param>
/// <param name="CancellationToken">Its token; the test can look whether it was cancelled.</param>
public sealed record ScriptedCall(IReadOnlyList<ChatMessage> Messages, ChatOptions? Options, CancellationToken CancellationToken);

/// <summary>
/// A model that follows a script: one <see cref="ScriptedAnswer"/> for each call, in the order of the calls. It records every call, and a call past
/// the script's end throws. Thread-safe.
/// </summary>
/// <remarks>The stream is the implementation; the plain call folds it. Time passes on the clock it is given, which the test drives.</remarks>
public sealed class ScriptedChatClient : IChatClient
{
    private static readonly ChatClientMetadata Metadata = new("scripted");

    private readonly Lock _calling = new();
    private readonly List<ScriptedAnswer> _script = [];
    private readonly List<ScriptedCall> _calls = [];
    private readonly Milestones _called = new();
    private readonly TimeProvider _time;

    /// <param name="answers">The script; <see cref="Then"/> adds to it.</param>
    public ScriptedChatClient(params IEnumerable<ScriptedAnswer> answers)
        : this(TimeProvider.System, answers)
    {
    }

    /// <param name="time">The clock that answers take their time on.</param>
    /// <param name="answers">The script; <see cref="Then"/> adds to it.</param>
    public ScriptedChatClient(TimeProvider time, params IEnumerable<ScriptedAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(answers);
        _time = time;
        _script.AddRange(answers);
    }

    /// <summary>The calls until now, those past the script's end among them: a copy.</summary>
    public IReadOnlyList<ScriptedCall> Calls
    {
        get
        {
            lock (_calling)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>Adds an answer to the end of the script; also while calls are under way.</summary>
    public ScriptedChatClient Then(ScriptedAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        lock (_calling)
        {
            _script.Add(answer);
        }

        return this;
    }

    /// <summary>Waits until it was called <paramref name="count"/> times, counted from the first call ever.</summary>
    public Task WhenCalledAsync(int count, CancellationToken cancellationToken) => _called.WhenAsync(count, cancellationToken);

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The script has no answer for this call.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var answer = Take(new([.. messages], options, cancellationToken));
        var listensTo = answer.IgnoresCancellation ? CancellationToken.None : cancellationToken;
        if (answer.Gate is { } gate)
        {
            await gate.WaitAsync(listensTo);
        }

        await PassAsync(answer.TimeToFirstToken, listensTo);
        var rest = answer.Duration - answer.TimeToFirstToken;
        var between = rest > TimeSpan.Zero && answer.Chunks.Count > 0 ? rest / answer.Chunks.Count : TimeSpan.Zero;
        if (answer.Contents.Count > 0)
        {
            yield return new(ChatRole.Assistant, [.. answer.Contents]) { ModelId = options?.ModelId };
        }

        foreach (var chunk in answer.Chunks)
        {
            listensTo.ThrowIfCancellationRequested();
            yield return new(ChatRole.Assistant, chunk) { ModelId = options?.ModelId };
            await PassAsync(between, listensTo);
        }

        if (answer.Chunks.Count == 0)
        {
            await PassAsync(rest, listensTo);
        }

        if (answer.FinishReason is { } finish)
        {
            yield return new(ChatRole.Assistant, (string?)null) { ModelId = options?.ModelId, FinishReason = finish };
        }

        if (answer.Failure is { } failure)
        {
            throw failure;
        }
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

    private ScriptedAnswer Take(ScriptedCall call)
    {
        ScriptedAnswer? answer;
        int number;
        lock (_calling)
        {
            _calls.Add(call);
            number = _calls.Count;
            answer = number <= _script.Count ? _script[number - 1] : null;
        }

        _called.Reach();
        return answer ?? throw new InvalidOperationException(
            $"the script has {number - 1} answers and this is call {number}; script an answer for it, or find out why the model was called once more");
    }

    private Task PassAsync(TimeSpan time, CancellationToken cancellationToken) =>
        time > TimeSpan.Zero ? Task.Delay(time, _time, cancellationToken) : Task.CompletedTask;
}
