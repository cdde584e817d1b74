namespace Polyphony.Inference;

/// <summary>Which of the messages of a call are whose: what an engine that keeps prefixes, and one that decides before it reads on, can go by. Another may leave it alone.</summary>
/// <param name="Kept">So many first messages begin the next prompt too: this persona's, or with a shared layout every persona's of the room.</param>
/// <param name="Decided">So many first messages are enough to decide on; the others are for whoever speaks.</param>
public readonly record struct PromptParts(int Kept, int Decided);

/// <summary>
/// The fixed form of an answer, for an engine that places it instead of generating it: it reads the choice from the likelihood of <see cref="Yes"/> and <see cref="No"/> behind <see cref="Question"/>, and lets
/// the model write the inside of one JSON string between <see cref="Speech"/> and <see cref="End"/>. What comes of it is what the protocol reads. Immutable.
/// </summary>
/// <param name="Question">How every answer begins, up to the choice.</param>
/// <param name="Yes">The choice to speak.</param>
/// <param name="No">The choice to be silent.</param>
/// <param name="Speech">How an answer begins that speaks, up to and with the opening quote.</param>
/// <param name="End">What follows the closing quote.</param>
/// <param name="Silence">A whole answer that is silent, for a reason in plain words.</param>
public sealed record DecisionFrame(string Question, string Yes, string No, string Speech, string End, Func<string, string> Silence);
