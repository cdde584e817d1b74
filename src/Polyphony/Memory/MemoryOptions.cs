using Microsoft.Extensions.AI;

namespace Polyphony.Memory;

/// <summary>How the personas of a room remember.</summary>
public sealed record MemoryOptions
{
    /// <summary>Where memories are kept. Belongs to the caller. Default: nowhere beyond the process.</summary>
    public IEngramStore Store { get; init; } = new InMemoryEngramStore();

    /// <summary>The most engrams of one persona in a room. Range 1 to 1,000,000; default 100,000. Then the least salient give way, pinned ones last of all.</summary>
    public int Capacity { get; init; } = 100_000;

    /// <summary>
    /// The newest messages, which are not recalled because a prompt shows them anyway: until a persona's first prompt, which tells how many it shows in fact. No more than the profile lets
    /// into one. Range 0 to 16,384; default 50.
    /// </summary>
    public int WindowMessages { get; init; } = 50;

    /// <summary>The most engrams of one recall. Range 1 to 64; default 8.</summary>
    public int RecallLimit { get; init; } = 8;

    /// <summary>Makes vectors of what is said, so that what means the same is found without a word in common. Absent: words alone. Belongs to the caller.</summary>
    public IEmbeddingGenerator<string, Embedding<float>>? Embeddings { get; init; }

    /// <summary>The name under which its vectors are stored. Vectors of another model are not used.</summary>
    public string EmbeddingModel { get; init; } = "default";

    /// <summary>
    /// Whether personas reflect: once <see cref="ReflectAfter"/> engrams have come and the room is at rest, one more call of the persona's model, which makes up to three engrams
    /// of many. Default false. Not with the card mind, which cannot.
    /// </summary>
    public bool Reflects { get; init; }

    /// <summary>How many engrams have to come before a persona reflects. Range 8 to 100,000; default 64.</summary>
    public int ReflectAfter { get; init; } = 64;

    /// <summary>How long one call for vectors or for a reflection may take. Default 60 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Measures <see cref="Patience"/>, and nothing else.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Is told of every fault, on a thread of the pool. Do not throw.</summary>
    public Action<MemoryFault>? OnFault { get; init; }

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it and the range.</exception>
    public void Validate()
    {
        Check(Capacity, 1, 1_000_000, nameof(Capacity));
        Check(WindowMessages, 0, 16_384, nameof(WindowMessages));
        Check(RecallLimit, 1, 64, nameof(RecallLimit));
        Check(ReflectAfter, 8, 100_000, nameof(ReflectAfter));
    }

    private static void Check(long value, long least, long most, string key)
    {
        if (value < least || value > most)
        {
            throw new ArgumentException($"{key} is {value}; set it from {least} to {most}", key);
        }
    }
}

/// <summary>What failed about a memory. Turns go on.</summary>
public enum MemoryFaultKind
{
    /// <summary>The store was not written. What it lacks is written with the next change, or rebuilt from the log.</summary>
    Store,

    /// <summary>The index failed: what should have been found by its words was not. What it did not take is given to it again while the room is open.</summary>
    Index,

    /// <summary>No vectors: recall goes by words.</summary>
    Embedding,

    /// <summary>A reflection failed. The next one comes when as many engrams have come again.</summary>
    Reflection,

    /// <summary>The keeper itself broke: what was recalled before stays.</summary>
    Keeper,
}

/// <summary>Something failed about a memory.</summary>
/// <param name="Kind">What.</param>
/// <param name="Persona">Whose; null where everybody's.</param>
/// <param name="Cause">Why. Its message may hold what somebody said.</param>
public sealed record MemoryFault(MemoryFaultKind Kind, string? Persona, Exception Cause);

/// <summary>What became of what came to a room's memories, over all personas.</summary>
public sealed record MemoryCounts
{
    /// <summary>Messages that became engrams.</summary>
    public long Admitted { get; init; }

    /// <summary>Engrams that are kept without being recalled.</summary>
    public long Quarantined { get; init; }

    /// <summary>Messages that said nothing.</summary>
    public long NotMemorable { get; init; }

    /// <summary>Messages that were forgotten on purpose.</summary>
    public long PolicyDenied { get; init; }

    /// <summary>Messages that were in memory already, word by word or as the same message.</summary>
    public long Duplicates { get; init; }

    /// <summary>Messages that were merged with an engram that says nearly the same.</summary>
    public long Merged { get; init; }

    /// <summary>Engrams that gave way because a memory was full.</summary>
    public long Evicted { get; init; }

    /// <summary>Engrams that came of reflections.</summary>
    public long Reflections { get; init; }

    /// <summary>Faults.</summary>
    public long Faults { get; init; }
}
