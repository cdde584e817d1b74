using System.Text;
using Microsoft.Extensions.AI;
using Polyphony.Diagnostics;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Analysis;

/// <summary>The one model call of an analysis, measured like every other.</summary>
internal sealed class AnalysisCall(IChatClient client, string model)
{
    private const float Temperature = 0.2f;

    private ModelCall _call;

    /// <summary>What was seen of it.</summary>
    public ref readonly ModelCall Seen => ref _call;

    /// <exception cref="InvalidDataException">The model wrote more than <see cref="TurnPipeline.AnswerLimit"/>.</exception>
    public async Task<string> AskAsync(ChatMessage[] messages, RoomId room, CancellationToken end)
    {
        var options = new ChatOptions { ModelId = model, Temperature = Temperature, ResponseFormat = ChatResponseFormat.Json };
        _call = new(model, client);
        using var span = Begin(room);
        try
        {
            var answer = new StringBuilder();
            await foreach (var update in client.GetStreamingResponseAsync(messages, options, end))
            {
                end.ThrowIfCancellationRequested();
                _call.Saw(update);
                answer.Append(update.Text);
                if (answer.Length > TurnPipeline.AnswerLimit)
                {
                    throw new InvalidDataException($"the model wrote more than {TurnPipeline.AnswerLimit} characters");
                }
            }

            _call.End(answer.Length);
            Instruments.CallEnded(_call);
            span?.SetTag("gen_ai.usage.output_tokens", _call.OutputTokens).SetTag("gen_ai.usage.input_tokens", _call.InputTokens);
            return answer.ToString();
        }
        catch (Exception broken)
        {
            // Only seen here; it is the analysis that makes an error of it.
            _call.Break(broken);
            Instruments.CallEnded(_call);
            span?.Fail(_call.ErrorType);
            throw;
        }
    }

    private SeamSpan? Begin(RoomId room)
    {
        var span = SeamSpan.StartBeside(ProbeSeams.AnalyzeCall);
        if (span is not null)
        {
            span.NameAfter("chat", model);
            span.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.request.model", model).SetTag(Instruments.ProviderTag, _call.Provider)
                .SetTag("gen_ai.conversation.id", room.Value).SetTag("gen_ai.output.type", "json");
        }

        return span;
    }
}
