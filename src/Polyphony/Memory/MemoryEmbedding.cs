using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace Polyphony.Memory;

/// <summary>Asks for vectors in the background, one call at a time; what comes is taken in by the keeper's next pass. Belongs to the keeper.</summary>
internal sealed class MemoryEmbedding
{
    private const int Batch = 64;
    private const int MostWanted = 4_096;

    private readonly RoomMemory _room;
    private readonly CancellationToken _stop;
    private readonly Queue<(long Seq, string Text)> _wanted = [];
    private long _asked;
    private long _tried;
    private long _querySeq;
    private float[]? _query;

    public MemoryEmbedding(RoomMemory room, IReadOnlyList<StoredVector> stored, CancellationToken stop)
    {
        (_room, _stop) = (room, stop);
        foreach (var vector in stored)
        {
            Vectors.Add(vector.Seq, vector.Vector);
        }
    }

    public EngramVectors Vectors { get; } = new();

    public List<StoredVector> Unsaved { get; } = [];

    /// <summary>The call under way; completed where there is none.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Wants a vector for something that was admitted. Where too many wait, the oldest stay without.</summary>
    public void Want(long seq, string text)
    {
        if (_room.Options.Embeddings is null || Vectors.Has(seq))
        {
            return;
        }

        _wanted.Enqueue((seq, text));
        if (_wanted.Count > MostWanted)
        {
            _wanted.Dequeue();
        }
    }

    /// <summary>What means nearly the same as a message; nothing until its vector is there.</summary>
    public IReadOnlyList<EngramHit> Search(long seq, int limit) =>
        (Vectors.Of(seq) ?? (_querySeq == seq ? _query : null)) is { } query ? Vectors.Search(query, limit) : [];

    /// <summary>Begins a call where something is wanted and none is under way.</summary>
    /// <param name="newest">The newest message, whose vector is wanted also where nobody remembers it.</param>
    /// <param name="text">What it says.</param>
    public void Start(long newest, string text)
    {
        if (_room.Options.Embeddings is not { } generator || !Running.IsCompleted || _stop.IsCancellationRequested)
        {
            return;
        }

        var wanted = new List<(long Seq, string Text)>();
        while (wanted.Count < Batch && _wanted.TryDequeue(out var next))
        {
            wanted.Add(next);
        }

        if (newest > _tried && text.Length > 0 && !Vectors.Has(newest) && !wanted.Exists(w => w.Seq == newest))
        {
            wanted.Add((newest, text));
            _asked = newest;
        }

        // Once, whatever comes of it: a server that is down is not asked again and again for the same.
        _tried = Math.Max(_tried, newest);
        if (wanted.Count > 0)
        {
            Running = AskAsync(generator, wanted);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A generator is foreign code: what it throws is a counted fault, and recall goes by words.")]
    private async Task AskAsync(IEmbeddingGenerator<string, Embedding<float>> generator, List<(long Seq, string Text)> wanted)
    {
        await Task.Yield();
        try
        {
            using var patience = new CancellationTokenSource(_room.Options.Patience, _room.Options.Time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop, patience.Token);
            var made = await generator.GenerateAsync(wanted.Select(static w => w.Text), cancellationToken: end.Token).WaitAsync(end.Token);
            if (made.Count != wanted.Count)
            {
                throw new InvalidOperationException($"{wanted.Count} texts got {made.Count} vectors");
            }

            _room.Post(keeper =>
            {
                Take(wanted, made);
                keeper.Embedded();
                return ValueTask.CompletedTask;
            });
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The room closes; what has no vector yet is found by its words.
        }
        catch (Exception failure)
        {
            _room.Post(keeper =>
            {
                keeper.Fault(MemoryFaultKind.Embedding, null, failure);
                return ValueTask.CompletedTask;
            });
        }
    }

    private void Take(List<(long Seq, string Text)> wanted, GeneratedEmbeddings<Embedding<float>> made)
    {
        for (var i = 0; i < wanted.Count; i++)
        {
            if (EngramVectors.Normalized(made[i].Vector.Span) is not { } vector)
            {
                continue;
            }

            if (wanted[i].Seq == _asked)
            {
                (_querySeq, _query) = (_asked, vector);
            }
            else
            {
                Vectors.Add(wanted[i].Seq, vector);
                Unsaved.Add(new(wanted[i].Seq, _room.Options.EmbeddingModel, vector));
            }
        }
    }
}
