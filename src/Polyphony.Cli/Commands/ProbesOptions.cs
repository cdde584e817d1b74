using Polyphony.Diagnostics;

namespace Polyphony.Cli.Commands;

/// <summary>What <c>polyphony probes list</c> was asked to do.</summary>
internal sealed record ProbesListOptions(bool Json, bool Markdown = false);

/// <summary>What <c>polyphony probes tail</c> was asked to do.</summary>
internal sealed record ProbesTailOptions
{
    /// <summary>The probe file.</summary>
    public required string File { get; init; }

    /// <summary>The classes to print; all where nothing is said.</summary>
    public ProbeFilter Classes { get; init; } = ProbeFilter.All;

    /// <summary>The persona whose records to print; absent means everybody's.</summary>
    public string? Persona { get; init; }

    /// <summary>Whether to wait for more at the end of the file.</summary>
    public bool Follow { get; init; } = true;

    /// <summary>Whether to print the records unchanged instead of text.</summary>
    public bool Json { get; init; }
}

/// <summary>What <c>polyphony probes summary</c> was asked to do.</summary>
internal sealed record ProbesSummaryOptions(string File, bool Json);

/// <summary>What <c>polyphony probes slow</c> was asked to do.</summary>
/// <param name="File">The probe file.</param>
/// <param name="OverMs">Milliseconds, 0 or more: what took longer is printed.</param>
/// <param name="Json">Whether to print one JSON document instead of text.</param>
internal sealed record ProbesSlowOptions(string File, double OverMs, bool Json);

/// <summary>What <c>polyphony probes turn</c> was asked to do.</summary>
/// <param name="File">The probe file.</param>
/// <param name="Turn">The turn, as shown: <c>t12</c>.</param>
/// <param name="Room">The room whose turn is meant; absent where there is only one.</param>
/// <param name="Json">Whether to print one JSON document instead of text.</param>
internal sealed record ProbesTurnOptions(string File, string Turn, string? Room, bool Json);

/// <summary>What <c>polyphony probes why</c> was asked to do.</summary>
/// <param name="File">The probe file.</param>
/// <param name="Persona">Whose silences.</param>
/// <param name="Room">In which room; absent means in all of them.</param>
/// <param name="Json">Whether to print one JSON document instead of text.</param>
internal sealed record ProbesWhyOptions(string File, string Persona, string? Room, bool Json);

/// <summary>The body of each command of <c>probes</c>.</summary>
internal sealed record ProbesBodies
{
    public required CommandBody<ProbesListOptions> List { get; init; }

    public required CommandBody<ProbesTailOptions> Tail { get; init; }

    public required CommandBody<ProbesSummaryOptions> Summary { get; init; }

    public required CommandBody<ProbesSlowOptions> Slow { get; init; }

    public required CommandBody<ProbesTurnOptions> Turn { get; init; }

    public required CommandBody<ProbesWhyOptions> Why { get; init; }
}
