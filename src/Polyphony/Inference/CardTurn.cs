using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Inference;

/// <summary>One turn of the card mind: what to say to one message, or why not. Used once, on one thread.</summary>
internal sealed class CardTurn
{
    // How much a text must share with a message before it is said unasked. A long message shares a word with anything, so it must share more.
    private const double HumanNeeds = 1.6;
    private const double AnsweredNeeds = 3.2;
    private const double EachWordNeeds = 0.3;
    private const double PersonaNeeds = 6;
    private const int AnsweredWords = 2;
    private const int PersonaWords = 3;

    private const int EnoughAnswers = 2;
    private const int EnoughTurns = 2;
    private const int EnoughHops = 3;
    private const int EnoughHopsAddressed = 6;
    private const int GreetingWords = 3;
    private const string Courtesy = "it was a courtesy that asks for no answer";

    private readonly CardIndex _index;
    private readonly Message _focus;
    private readonly CardScene _scene;
    private readonly SmallTalk _talk;
    private readonly CardReading _reading;
    private HashSet<string>? _said;
    private bool _hadWords;

    public CardTurn(CardIndex index, Offer offer, Message focus)
    {
        _index = index;
        _focus = focus;
        _scene = new(offer, focus);
        var head = focus.Text.AsSpan(0, Math.Min(focus.Text.Length, CardMind.MessageLimit));
        _talk = new(head);
        _reading = index.Read(head);
    }

    public Decision Decide()
    {
        var addressed = _scene.IsForMe;
        if (_focus.Kind != AuthorKind.Human)
        {
            return ToPersona(addressed);
        }

        if (addressed)
        {
            return Asked();
        }

        return _scene.IsForSomebodyElse(_talk) ? new Decision.Pass("it was said to somebody else") : Overheard();
    }

    private Decision Asked()
    {
        if (_talk.IsGreeting && _reading.Words <= GreetingWords && (Greet() ?? New("Hello again.")) is { } greeting)
        {
            return greeting;
        }

        if ((Best(least: 0, leastWords: 1) ?? (_talk.IsAboutMe ? AboutMe() : null)) is { } best)
        {
            return best;
        }

        if (_talk.IsCourtesy)
        {
            return new Decision.Pass(Courtesy);
        }

        return AskBack() ?? AnyText() ?? new Decision.Pass($"everything I could say I said within my last {CardMind.OwnTurns} turns");
    }

    private Decision Overheard()
    {
        if (_scene.AnswersBefore() is var answers && answers >= EnoughAnswers)
        {
            return new Decision.Pass("others have answered it already");
        }

        if (_talk.IsGreeting && _reading.Words <= GreetingWords)
        {
            return Greet() ?? new Decision.Pass($"I have greeted within my last {CardMind.OwnTurns} turns");
        }

        if (_talk.IsCourtesy)
        {
            return new Decision.Pass(Courtesy);
        }

        if (_talk.IsContinuation && _scene.WasAnswered() is { } mine)
        {
            return GoOn(mine);
        }

        var more = EachWordNeeds * Math.Max(0, _reading.Words - 1);
        var said = answers == 0 ? Best(HumanNeeds + more, 1) : Best(AnsweredNeeds + more, AnsweredWords);
        return said ?? Nothing(answers == 0
            ? "nothing on my card comes near enough to it"
            : "another persona has answered it, and nothing on my card comes nearer");
    }

    private Decision ToPersona(bool addressed)
    {
        if (_scene.OwnTurnsSinceHuman() >= EnoughTurns)
        {
            return new Decision.Pass("I have spoken enough since a person last did");
        }

        if (_focus.Hops >= (addressed ? EnoughHopsAddressed : EnoughHops))
        {
            return new Decision.Pass("personas have gone back and forth enough since a person spoke");
        }

        var said = addressed ? Best(0, 1) : Best(PersonaNeeds, PersonaWords);
        return said ?? Nothing("a persona said it, and nothing on my card is close enough to add");
    }

    private Decision Nothing(string why) =>
        new Decision.Pass(_hadWords ? $"what I could say to it I said within my last {CardMind.OwnTurns} turns" : why);

    private Decision? Best(double least, int leastWords) => Best(_reading, least, leastWords);

    private Decision? Best(CardReading reading, double least, int leastWords)
    {
        foreach (var match in _index.Rank(reading, _talk.IsPersonal))
        {
            if (match.Score < least || match.Words < leastWords)
            {
                continue;
            }

            _hadWords = true;
            if (New(_index.Texts[match.Text]) is { } speak)
            {
                return speak;
            }
        }

        return null;
    }

    private Decision? Greet() => New(_index.Card.Greeting.Length > 0 ? _index.Card.Greeting : $"Hello, I am {_index.Card.Name}.");

    private Decision? AboutMe()
    {
        var facts = _index.Texts.AsSpan()[_index.FirstFact..];
        if (facts.Length > 0 && New(Introduced(facts[0])) is { } whole)
        {
            return whole;
        }

        foreach (var fact in facts)
        {
            if (New(fact) is { } speak)
            {
                return speak;
            }
        }

        return New(_index.Card.Description);
    }

    private Decision GoOn(Message mine) =>
        Best(_index.Read(mine.Text.AsSpan(0, Math.Min(mine.Text.Length, CardMind.MessageLimit))), HumanNeeds, AnsweredWords)
        ?? New("There is no more to it than that.") ?? Nothing("there is no more to it on my card");

    // A question that the card does not come near is sent back with what it does know, never left alone.
    private Decision? AskBack()
    {
        var topics = _index.Card.Specialities;
        if (topics.Count == 0)
        {
            return FirstNew(3, static (i, _) => i switch
            {
                0 => "I do not know that. What do you think yourself?",
                1 => "I cannot say. What makes you ask?",
                _ => "Tell me a little more, and I will try.",
            });
        }

        return FirstNew(4 * topics.Count, static (i, topics) => (i % 4) switch
        {
            0 => $"I have nothing on that. Ask me about {topics[i / 4]}.",
            1 => $"Is it to do with {topics[i / 4]}? Then I can help.",
            2 => $"That one is for somebody else. I know about {topics[i / 4]}.",
            _ => $"I could not say. On {topics[i / 4]}, I could.",
        });
    }

    private Decision? AnyText() => FirstNew(_index.Texts.Length, (i, _) => _index.Texts[i]);

    // Where to begin follows from where in the conversation it is asked, so that one persona does not give everybody the same answer.
    private Decision? FirstNew(int count, Func<int, IReadOnlyList<string>, string> text)
    {
        for (var i = 0; i < count; i++)
        {
            if (New(text((int)((_focus.Seq + i) % count), _index.Card.Specialities)) is { } speak)
            {
                return speak;
            }
        }

        return null;
    }

    private Decision? New(string text) =>
        !string.IsNullOrWhiteSpace(text) && !IsSaid(text) ? new Decision.Speak(text) : null;

    // A fact is said, too, when the persona introduced itself with it.
    private bool IsSaid(string text)
    {
        _said ??= _scene.Said();
        return _said.Contains(text.Trim()) || _said.Contains(Introduced(text).Trim());
    }

    private string Introduced(string fact) => $"I am {_index.Card.Name}. {fact}";
}
