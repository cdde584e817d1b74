using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polyphony.Diagnostics;
using Polyphony.Inference;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Turns;
using Polyphony.Turns;

namespace Polyphony.Tests.Diagnostics;

/// <summary>What probes cost where nobody listens. Alone in the process: another test's listener would be heard here.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class ProbesOffTests
{
    [Fact]
    public void Nothing_is_allocated_at_any_seam()
    {
        var persona = new HostedPersona(Cast.Card(), Cast.Profile(Cast.Card()), new HeuristicChatClient(), Cast.Conversation());
        var transcript = new Transcript(16);
        transcript.Append(new() { Id = new("m"), Seq = 1, Author = Cast.Bo.Id, Kind = AuthorKind.Human, Text = "hello", At = DateTimeOffset.UnixEpoch, Mentions = [] });
        var offer = new Offer
        {
            Room = new("r"), Turn = new(1), Attempt = 1, Persona = persona.Card.Id, First = 1, Last = 1,
            Transcript = transcript.View(), Roster = Roster.Empty, Timeout = TimeSpan.FromSeconds(1), ArrivedTimestamp = 1,
        };
        ILogger off = NullLogger.Instance;
        var room = RoomProbe.For(off, new("r")).ShouldNotBeNull();
        var clock = new StageClock();
        Everything();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Everything();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Everything()
        {
            var probe = TurnProbe.Begin(off, persona, offer, TimeProvider.System);
            probe?.Recalled(Polyphony.Memory.RecallSnapshot.Empty);
            probe?.Ended(TurnOutcome.Spoke.Instance, null, clock);
            SeamSpan.Start(ProbeSeams.Respond)?.Dispose();
            Instruments.TurnEnded(TurnOutcome.Spoke.Instance, clock);
            AppendSpan.Begin(room, "r", 3).End();
            room.IsOn.ShouldBeFalse();
        }
    }
}

[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
