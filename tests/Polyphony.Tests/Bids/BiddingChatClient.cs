using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Polyphony.Bids;
using Polyphony.Inference;

namespace Polyphony.Tests.Bids;

/// <summary>One model for a room, which bids and speaks as the test says. It records who was asked to speak, by name, and what it was asked to bid on.</summary>
internal sealed class BiddingChatClient : IChatClient, IRoomBidder
{
    private readonly ConcurrentQueue<string> _asked = [];
    private readonly ConcurrentQueue<RoomBidRequest> _requests = [];

    /// <summary>How likely the named one is, before all are made to add up to 1.</summary>
    public required Func<string, double> Weight { get; init; }

    /// <summary>What the named one says; silence where it is null.</summary>
    public Func<string, string?> Says { get; init; } = static name => $"{name} has been up there";

    /// <summary>Bids instead of <see cref="Weight"/>.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<double>>>? Answer { get; init; }

    /// <summary>What bids wait for.</summary>
    public Task Gate { get; init; } = Task.CompletedTask;

    public bool Bids { get; init; } = true;

    public IReadOnlyList<string> Asked => [.. _asked];

    public IReadOnlyList<RoomBidRequest> Requests => [.. _requests];

    public CancellationToken LastToken { get; private set; }

    public async ValueTask<IReadOnlyList<double>> BidAsync(RoomBidRequest request, CancellationToken cancellationToken)
    {
        _requests.Enqueue(request);
        LastToken = cancellationToken;
        await Gate.WaitAsync(cancellationToken);
        if (Answer is { } answer)
        {
            return await answer(cancellationToken);
        }

        var all = request.Candidates.Sum(Weight);
        return [.. request.Candidates.Select(name => Weight(name) / all)];
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("the stream is the only path");

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        var offer = ((PersonaChatOptions)options!).Offer!;
        var name = offer.Roster.NameOf(offer.Persona);
        _asked.Enqueue(name);
        yield return new(ChatRole.Assistant, Says(name) ?? "PASS");
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) && (Bids || serviceType != typeof(IRoomBidder)) ? this : null;

    public void Dispose()
    {
    }
}
