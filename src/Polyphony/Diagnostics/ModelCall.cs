using System.Diagnostics;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Prompting;

namespace Polyphony.Diagnostics;

/// <summary>What is seen of one model call from the place where it is made. A value of one turn; nothing is kept.</summary>
internal struct ModelCall
{
    private readonly long _began;
    private long _firstWords;
    private long _ended;

    public ModelCall(string model, IChatClient client)
    {
        Model = model;
        Provider = (client.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata)?.ProviderName;
        _began = Stopwatch.GetTimestamp();
    }

    public string Model { get; }

    /// <summary>Who serves the model; null where the client does not say.</summary>
    public string? Provider { get; }

    /// <summary>The type of what broke the call; null where it ended well.</summary>
    public string? ErrorType { get; private set; }

    public long? InputTokens { get; private set; }

    /// <summary>As the model counted them; null where it does not say.</summary>
    public long? OutputTokens { get; private set; }

    public int TextLength { get; private set; }

    /// <summary>What an engine of this process tells of it; null where there is none.</summary>
    public InferenceDetail? Detail { get; private set; }

    public readonly TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began, _ended);

    public readonly TimeSpan? FirstWordsAfter => _firstWords == 0 ? null : Stopwatch.GetElapsedTime(_began, _firstWords);

    /// <summary>The model's own count, or where it gives none an estimate by the length of what it wrote.</summary>
    public readonly long TokensOut => OutputTokens ?? ByteTokenCounter.OfBytes(TextLength);

    public readonly double? TokensPerSecond => TokensOut > 0 && Elapsed > TimeSpan.Zero ? TokensOut / Elapsed.TotalSeconds : null;

    /// <summary>Looks at a piece of the stream: when the first words came, and what the model says of its tokens.</summary>
    public void Saw(ChatResponseUpdate update)
    {
        var contents = update.Contents;
        for (var i = 0; i < contents.Count; i++)
        {
            switch (contents[i])
            {
                case UsageContent { Details: var usage }:
                    InputTokens = usage.InputTokenCount ?? InputTokens;
                    OutputTokens = usage.OutputTokenCount ?? OutputTokens;
                    break;
                case InferenceDetail detail:
                    Detail = detail;
                    break;
                case TextContent { Text.Length: > 0 } when _firstWords == 0:
                    _firstWords = Stopwatch.GetTimestamp();
                    break;
            }
        }
    }

    /// <summary>The call ends without an answer. Only the type is kept: the words of an error may quote what was said.</summary>
    public void Break(Exception error)
    {
        ErrorType = error.GetType().FullName;
        End(textLength: 0);
    }

    public void End(int textLength)
    {
        TextLength = textLength;
        _ended = Stopwatch.GetTimestamp();
    }
}
