namespace Polyphony.Inference;

/// <summary>What a message is beside what it is about: a greeting, a question, thanks. Read from its beginning only.</summary>
internal readonly struct SmallTalk
{
    private const int Looked = 200;
    private const int ShortWords = 5;
    private const int GreetingWords = 3;

    private static readonly string[] Greetings =
    Phrases(
        "hello", "hi", "hey", "hiya", "howdy", "hallo", "hola", "bonjour", "ciao", "greetings", "good morning", "good afternoon", "good evening",
        "good day", "morning all", "morning everyone", "evening all", "evening everyone", "hi there");

    private static readonly string[] Courtesies =
    Phrases(
        "thanks", "thank you", "thx", "cheers", "ok", "okay", "bye", "goodbye", "good night", "see you", "lol", "haha", "cool", "nice", "great", "got it",
        "well done", "sorry", "good one");

    private static readonly string[] Openings =
    Phrases(
        "who", "what", "when", "where", "why", "how", "which", "whose", "do", "does", "did", "can", "could", "will", "would", "should", "is", "are", "have",
        "has", "any", "tell me", "and you");

    private static readonly string[] AboutMe =
    Phrases(
        "who are you", "what are you", "what do you do", "about yourself", "introduce yourself", "your name", "about you", "your job", "where are you from",
        "do you live", "your family", "how old are you", "your hobbies", "describe yourself", "who is this");

    private static readonly string[] You = Phrases("you", "your", "yours", "yourself");

    private static readonly string[] Continuations =
        Phrases("why", "how", "how so", "really", "go on", "tell me more", "and then", "what happened", "what then", "such as", "like what");

    private readonly string _words;
    private readonly int _count;
    private readonly bool _questionMark;

    /// <param name="text">The message, or its beginning.</param>
    public SmallTalk(ReadOnlySpan<char> text)
    {
        var head = text[..Math.Min(text.Length, Looked)];
        _questionMark = text.Contains('?');

        // " hello there bo ": lower case, single spaces, one at each end, so that whole words can be looked for as text.
        Span<char> words = stackalloc char[Looked + 2];
        var length = 1;
        words[0] = ' ';
        foreach (var c in head)
        {
            if (char.IsLetterOrDigit(c))
            {
                words[length++] = char.ToLowerInvariant(c);
            }
            else if (words[length - 1] != ' ' && c is not ('\'' or '\u2019'))
            {
                words[length++] = ' ';
            }
        }

        if (words[length - 1] != ' ')
        {
            words[length++] = ' ';
        }

        _words = words[..length].ToString();
        _count = _words.AsSpan().Count(' ') - 1;
    }

    /// <summary>It says hello, at its beginning or in few words.</summary>
    public bool IsGreeting => Begins(Greetings) || (_count <= GreetingWords && Holds(Greetings));

    /// <summary>It wants an answer.</summary>
    public bool IsQuestion => _questionMark || Begins(Openings);

    /// <summary>It is thanks, agreement or a farewell, and wants none.</summary>
    public bool IsCourtesy => _count <= ShortWords && !IsQuestion && Holds(Courtesies);

    /// <summary>It asks who or what the other one is.</summary>
    public bool IsAboutMe => Holds(AboutMe);

    /// <summary>It speaks of the other one at all, so that what is true of it is of more use than a saying.</summary>
    public bool IsPersonal => Holds(You);

    /// <summary>It says no more than "go on".</summary>
    public bool IsContinuation => _count <= ShortWords && (Begins(Continuations) || (_questionMark && _count <= 2));

    private bool Begins(string[] phrases)
    {
        foreach (var phrase in phrases)
        {
            if (_words.StartsWith(phrase, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private bool Holds(string[] phrases)
    {
        foreach (var phrase in phrases)
        {
            if (_words.Contains(phrase, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static string[] Phrases(params string[] phrases) => [.. phrases.Select(phrase => $" {phrase} ")];
}
