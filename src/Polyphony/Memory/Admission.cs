namespace Polyphony.Memory;

/// <summary>Why something does not become an engram.</summary>
public enum DropReason
{
    /// <summary>It is too short, or a phrase that says nothing.</summary>
    NotMemorable,

    /// <summary>It was forgotten on purpose.</summary>
    PolicyDenied,

    /// <summary>The memory holds it already.</summary>
    Duplicate,
}

/// <summary>Why something is kept without being recalled.</summary>
public enum QuarantineReason
{
    /// <summary>It carries the control tokens of a chat template.</summary>
    ControlTokens,

    /// <summary>It is longer than what anybody remembers.</summary>
    Oversized,
}

/// <summary>What becomes of something that a persona could remember. A closed set.</summary>
public abstract record Admission
{
    private Admission()
    {
    }

    /// <summary>It becomes an engram.</summary>
    public sealed record Admit : Admission
    {
        private Admit()
        {
        }

        /// <summary>The only value.</summary>
        public static Admit Instance { get; } = new();
    }

    /// <summary>It does not.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Of">The engram that holds it already; with <see cref="DropReason.Duplicate"/>, and only then.</param>
    public sealed record Drop(DropReason Reason, EngramId? Of = null) : Admission;

    /// <summary>It becomes an engram that is not recalled.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Until">For how long.</param>
    public sealed record Quarantine(QuarantineReason Reason, DateTimeOffset Until) : Admission;
}
