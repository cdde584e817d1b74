using Polyphony.Bids;
using Polyphony.Llama.Engine;
using Polyphony.Llama.Text;

namespace Polyphony.Llama;

/// <summary>
/// Who speaks next, read from the logits of the names behind one cue. The cue stands behind what all personas of the room read first, so that it alone is computed for it. Names that begin with the same token
/// share its probability evenly.
/// </summary>
internal sealed class LlamaBids
{
    /// <summary>What stands behind the conversation.</summary>
    public const string Cue = "Who of these speaks next? Answer with one name.";

    private readonly int[] _firsts;

    private LlamaBids(EngineRequest? request, int[] firsts) => (Request, _firsts) = (request, firsts);

    /// <summary>What the engine is asked; nothing where all names begin alike.</summary>
    public EngineRequest? Request { get; }

    /// <exception cref="LlamaException">The template cannot hold the messages.</exception>
    /// <exception cref="NotSupportedException">A message holds something that is not text.</exception>
    public static LlamaBids Of(LlamaVoice voice, LlamaModel model, RoomBidRequest request)
    {
        var firsts = request.Candidates.Select(name => model.Tokenize(name) is [var first, ..] ? first : throw new ArgumentException("a candidate has no name; leave it out", nameof(request))).ToArray();
        int[] choices = [.. firsts.Distinct()];
        if (choices.Length < 2)
        {
            return new(null, firsts);
        }

        var tokens = voice.Template.Render([.. request.Messages.Select(LlamaCall.TextOf), new(TemplateRole.System, Cue)]);
        return new(
            new()
            {
                Lane = new(new("program:bids"), request.Room),
                Prompt = tokens.Tokens,
                KeptTokens = LlamaCall.KeptOf(tokens, request.Messages.Count),
                Urgency = LlamaCall.UrgencyOf(request.Offer),
                Deadline = request.Offer.Timeout,
                Decision = new() { Choices = choices },
            },
            firsts);
    }

    /// <summary>The bids of the candidates, in their order.</summary>
    /// <param name="probabilities">Those of the request's choices; none where there is no request.</param>
    public IReadOnlyList<double> Read(IReadOnlyList<double> probabilities)
    {
        if (Request is null)
        {
            return [.. _firsts.Select(_ => 1.0 / _firsts.Length)];
        }

        var choices = Request.Decision!.Choices;
        var byToken = choices.Zip(probabilities).ToDictionary(static c => c.First, static c => c.Second);
        var sharers = _firsts.CountBy(static token => token).ToDictionary();
        return [.. _firsts.Select(token => byToken[token] / sharers[token])];
    }
}
