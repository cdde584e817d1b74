namespace Polyphony.Llama.Text;

/// <summary>
/// How a template treats messages, found by trying it out: it is a function that is not ours, and some trim what is said, have no place for the program's messages, or want people and model in turns.
/// </summary>
internal sealed class TemplateForm
{
    private const string Padding = "\t";

    private readonly string[] _closings;
    private readonly bool[] _trims;

    private TemplateForm(TemplateScaffold scaffold)
    {
        var (system, user, assistant) = (new TemplateTurn(TemplateRole.System), new TemplateTurn(TemplateRole.User), new TemplateTurn(TemplateRole.Assistant));
        var closing = scaffold.Around([user], asks: false)?[1];
        KeepsPeople = closing is not null && scaffold.Around([user, assistant, user, user, assistant], asks: true) is not null;
        if (!KeepsPeople)
        {
            (_closings, _trims) = ([], []);
            return;
        }

        // Where nothing opens a second person's message, what people say is one turn.
        TakesTurns = scaffold.Around([user, user], asks: false)![1] == closing;
        SystemFirst = scaffold.Around([system, user, assistant], asks: true) is not null;
        SystemAlone = SystemFirst && !TakesTurns && scaffold.Around([system], asks: true) is not null && scaffold.Around([system, assistant], asks: true) is not null;
        SystemOpensAsUser = SystemFirst && scaffold.Around([system, user], asks: false)![0] == scaffold.Around([user], asks: false)![0];
        SystemLater = !TakesTurns
            && scaffold.Around([user, system, system, user, system, assistant], asks: true) is not null
            && scaffold.Around([user, system], asks: false) is { } later && later[1] != closing
            && scaffold.Around([user, system, system], asks: false) is { } twice && twice[2] != later[2];
        var followers = SystemLater ? [system, user, assistant] : (TemplateTurn[])[user, assistant];
        _closings = [ClosingOf(scaffold, [], system, followers), TakesTurns ? "" : ClosingOf(scaffold, [], user, followers), ClosingOf(scaffold, [user], assistant, followers)];
        _trims = [SystemFirst && Trims(scaffold, [system, user], 0), Trims(scaffold, [user], 0), Trims(scaffold, [user, assistant], 1)];
    }

    /// <summary>Whether it keeps what people and model say, in its order.</summary>
    public bool KeepsPeople { get; }

    /// <summary>Whether people and model take turns, and several messages of people are one turn.</summary>
    public bool TakesTurns { get; }

    /// <summary>Whether a message of the program may stand first, with one of people behind it.</summary>
    public bool SystemFirst { get; }

    /// <summary>Whether a message of the program may stand first whatever is behind it.</summary>
    public bool SystemAlone { get; }

    /// <summary>Whether the same stands in front of a first message of the program and one of people.</summary>
    public bool SystemOpensAsUser { get; }

    /// <summary>Whether a message of the program may stand anywhere.</summary>
    public bool SystemLater { get; }

    public static TemplateForm Of(TemplateScaffold scaffold) => new(scaffold);

    /// <summary>What stands behind a message of this role whoever is next; empty where that depends on who is.</summary>
    public string Closing(TemplateRole role) => _closings[(int)role];

    /// <summary>Whether the template takes white space off both ends of such a message.</summary>
    public bool Trims(TemplateRole role) => _trims[(int)role];

    /// <summary>The turns in which the template keeps these messages: one that it has no place for becomes what people say.</summary>
    public List<TemplateTurn> Turns(IReadOnlyList<TemplateMessage> messages)
    {
        var turns = new List<TemplateTurn>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            var role = RoleOf(messages, i);
            if (TakesTurns && role == TemplateRole.User && turns is [.., { Role: TemplateRole.User } last])
            {
                turns[^1] = last with { Messages = last.Messages + 1 };
            }
            else
            {
                turns.Add(new(role));
            }
        }

        return turns;
    }

    private TemplateRole RoleOf(IReadOnlyList<TemplateMessage> messages, int index) => messages[index].Role switch
    {
        TemplateRole.System when index > 0 => SystemLater ? TemplateRole.System : TemplateRole.User,
        TemplateRole.System => SystemAlone || (SystemFirst && messages.Count > 1 && RoleOf(messages, 1) == TemplateRole.User) ? TemplateRole.System : TemplateRole.User,
        var role => role,
    };

    private static string ClosingOf(TemplateScaffold scaffold, TemplateTurn[] before, TemplateTurn turn, TemplateTurn[] followers)
    {
        var closing = scaffold.Around([.. before, turn], asks: false)?[^1];
        return closing is not null && followers.All(next => scaffold.Around([.. before, turn, next], asks: false)?[^2].StartsWith(closing, StringComparison.Ordinal) == true)
            && scaffold.Around([.. before, turn], asks: true)?[^1].StartsWith(closing, StringComparison.Ordinal) == true
            ? closing
            : "";
    }

    private static bool Trims(TemplateScaffold scaffold, TemplateTurn[] turns, int message) =>
        scaffold.Around(turns, asks: false, Padding) is { } around && !(around[message].EndsWith(Padding, StringComparison.Ordinal) && around[message + 1].StartsWith(Padding, StringComparison.Ordinal));
}
