using Polyphony.Llama;

namespace Polyphony.Cli.Doctor;

/// <summary>One thing about the engine that must hold.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Held">Whether it held.</param>
/// <param name="Detail">What was found, for a person.</param>
/// <param name="Difference">The largest difference of two logits that should be alike, where that was the question.</param>
/// <param name="Tolerance">The largest that is allowed.</param>
internal sealed record EngineCheck(string Name, bool Held, string Detail, double? Difference = null, double? Tolerance = null);

/// <summary>How fast the engine is with the model.</summary>
/// <param name="Threads">Threads that computed.</param>
/// <param name="LoadMs">Milliseconds to open the model.</param>
/// <param name="PrefillTokens">Tokens of the prompt that was read at once.</param>
/// <param name="PrefillPerSecond">Tokens of a prompt a second, the best of a few.</param>
/// <param name="DecodeTokens">Tokens that were generated one after the other.</param>
/// <param name="DecodePerSecond">Generated tokens a second, the best of a few.</param>
internal sealed record EngineSpeed(int Threads, double LoadMs, int PrefillTokens, double PrefillPerSecond, int DecodeTokens, double DecodePerSecond);

/// <summary>What the check-up of the engine found.</summary>
/// <param name="Library">The library.</param>
/// <param name="Model">The model, which may be disposed of.</param>
/// <param name="IsMade">Whether the model was made for the check-up.</param>
/// <param name="Checks">What was checked.</param>
/// <param name="Speed">What was measured.</param>
internal sealed record EngineReport(LlamaLibrary Library, LlamaModel Model, bool IsMade, IReadOnlyList<EngineCheck> Checks, EngineSpeed Speed)
{
    public bool Held => Checks.All(check => check.Held);
}
