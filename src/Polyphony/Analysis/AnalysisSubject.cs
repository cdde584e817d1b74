using Polyphony.Inference;

namespace Polyphony.Analysis;

/// <summary>What became of one analysis: it, or why there is none.</summary>
/// <param name="Analysis">The analysis; null where there is an error.</param>
/// <param name="Error">Why there is none.</param>
/// <param name="Model">The model that was asked.</param>
internal sealed record AnalysisOutcome(MessageAnalysis? Analysis, AnalysisError? Error, string Model)
{
    public int Angles => Analysis?.SuggestedAngles.Count ?? 0;
}

/// <summary>What a room is asked about: the specialities of the personas that are here, and who asks the model.</summary>
/// <param name="Specialities">Each once, sorted.</param>
/// <param name="Asker">The first persona that has a model; null where none has.</param>
internal sealed record AnalysisSubject(IReadOnlyList<string> Specialities, HostedPersona? Asker)
{
    /// <summary>The most specialities that one call asks about.</summary>
    public const int MostSpecialities = 64;

    /// <summary>The subject of these personas. Where they have too many specialities, each persona's first ones come before anybody's later ones.</summary>
    public static AnalysisSubject Of(IReadOnlyList<HostedPersona> personas)
    {
        var chosen = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        var deepest = personas.Select(static p => p.Card.Specialities.Count).DefaultIfEmpty().Max();
        for (var depth = 0; depth < deepest && chosen.Count < MostSpecialities; depth++)
        {
            foreach (var speciality in personas.Where(p => depth < p.Card.Specialities.Count).Select(p => p.Card.Specialities[depth].Trim()))
            {
                if (speciality.Length > 0 && chosen.Count < MostSpecialities)
                {
                    chosen.Add(speciality);
                }
            }
        }

        return new([.. chosen], personas.FirstOrDefault(static p => p.Client.GetService(typeof(CardChatClient)) is null));
    }
}
