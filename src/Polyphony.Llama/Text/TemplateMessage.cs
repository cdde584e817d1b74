namespace Polyphony.Llama.Text;

/// <summary>Who speaks, as chat templates know it.</summary>
public enum TemplateRole
{
    /// <summary>The program.</summary>
    System,

    /// <summary>Anybody but the model.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}

/// <summary>One message of a chat that a template is laid around.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Text">What is said. Nothing in it is read as a mark of the template.</param>
public readonly record struct TemplateMessage(TemplateRole Role, string Text);

/// <summary>A chat in tokens, and where its messages end. Immutable.</summary>
public sealed class ChatTokens
{
    internal ChatTokens(int[] tokens, int[] ends) => (Tokens, Ends) = (tokens, ends);

    /// <summary>All of them, what asks the model to reply included where that was wanted.</summary>
    public ReadOnlyMemory<int> Tokens { get; }

    /// <summary>
    /// For each message how many of the first tokens belong to it and those before it. So many first tokens are the same whatever follows that message, so they are worth keeping. Where a template
    /// closes a message only when it is known who comes next, that is right behind its text; 0 where even what opens a first message depends on that.
    /// </summary>
    public IReadOnlyList<int> Ends { get; }
}
