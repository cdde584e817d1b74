using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;

namespace Polyphony.Cli.Chat;

/// <summary>
/// A chat on a terminal: what is said scrolls above the line that the person is typing, and never through it. One lock holds the screen together; under
/// it only characters are written.
/// </summary>
internal sealed class TerminalView : IChatView
{
    private const string Prompt = "> ";
    private const string ClearBelow = "\r\u001b[J";
    private const string Reset = "\u001b[0m";
    private const string Faint = "\u001b[2m";

    // Six hues that read on dark and light backgrounds alike.
    private static readonly string[] Hues = ["\u001b[36m", "\u001b[33m", "\u001b[35m", "\u001b[32m", "\u001b[34m", "\u001b[31m"];

    private readonly TextWriter _output;
    private readonly string _person;
    private readonly bool _hasColour;
    private readonly Lock _screen = new();
    private readonly StringBuilder _line = new();
    private readonly List<string> _past = [];
    private readonly Dictionary<string, string> _hues = [];
    private int _pastAt;
    private int _rows;
    private string? _draft;
    private bool _ended;

    public TerminalView(TextWriter output, string person)
    {
        _output = output;
        _person = person;
        _hasColour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    }

    public bool WaitsForQuiet => false;

    public async IAsyncEnumerable<string> LinesAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var lines = Channel.CreateBounded<string>(64);
        var keys = new Thread(() => ReadKeys(lines.Writer)) { IsBackground = true, Name = "keyboard" };
        Redraw(() => { });
        keys.Start();
        await foreach (var line in lines.Reader.ReadAllAsync(cancel))
        {
            yield return line;
        }

        Redraw(() => _ended = true);
    }

    public void Said(string author, bool isPersona, string text) => Print(author, text, faint: false);

    public void Past(string author, bool isPersona, string text) => Print(author, text, faint: true);

    public void Draft(string author, string? words) =>
        Redraw(() => _draft = words is null ? null : $"{TerminalText.Safe(author)} … {TerminalText.Safe(words).ReplaceLineEndings(" ")}");

    public void Notice(string text) => Redraw(() => _output.WriteLine(Styled(Faint, TerminalText.Safe(text))));

    private void Print(string author, string text, bool faint) => Redraw(() =>
    {
        var line = TerminalText.Line(author, text);
        var name = TerminalText.Safe(author).Length;
        _output.WriteLine(faint ? Styled(Faint, line) : $"{Styled(HueOf(author), line[..name])}{line[name..]}");
    });

    private string HueOf(string author)
    {
        if (author == _person)
        {
            return "\u001b[1m";
        }

        if (!_hues.TryGetValue(author, out var hue))
        {
            _hues.Add(author, hue = Hues[_hues.Count % Hues.Length]);
        }

        return hue;
    }

    private string Styled(string style, string text) => _hasColour ? $"{style}{text}{Reset}" : text;

    /// <summary>Takes the person's line off the screen, changes something, and puts the line back below it.</summary>
    private void Redraw(Action change)
    {
        lock (_screen)
        {
            if (_rows > 1)
            {
                _output.Write($"\u001b[{_rows - 1}A");
            }

            _output.Write(ClearBelow);
            change();
            _rows = 0;
            if (!_ended)
            {
                var width = Width();
                var draft = _draft is null ? "" : $"{TerminalText.End(_draft, width - 1)}\n";
                _output.Write(draft.Length == 0 ? "" : Styled(Faint, draft));
                _output.Write(Prompt);
                _output.Write(_line);
                _rows = (Prompt.Length + TerminalText.Cells(_line.ToString())) / width + 1 + (draft.Length == 0 ? 0 : 1);
            }

            _output.Flush();
        }
    }

    private static int Width()
    {
        try
        {
            return Math.Max(20, Console.WindowWidth);
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private void ReadKeys(ChannelWriter<string> lines)
    {
        Console.TreatControlCAsInput = true;
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            var leaves = key.Modifiers.HasFlag(ConsoleModifiers.Control) && (key.Key == ConsoleKey.C || (key.Key == ConsoleKey.D && _line.Length == 0));
            if (leaves)
            {
                lines.TryComplete();
                return;
            }

            if (Take(key) is { } line && !lines.TryWrite(line))
            {
                Notice("That was too fast: the line is back below, send it again.");
                Redraw(() => _line.Clear().Append(line));
            }
        }
    }

    /// <summary>Applies a key to the line; returns the line when it is finished.</summary>
    private string? Take(ConsoleKeyInfo key)
    {
        string? finished = null;
        Redraw(() =>
        {
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    finished = _line.ToString();
                    _line.Clear();
                    Remember(finished);
                    break;
                case ConsoleKey.Backspace when _line.Length > 0:
                    _line.Length -= _line.Length > 1 && char.IsLowSurrogate(_line[^1]) ? 2 : 1;
                    break;
                case ConsoleKey.U when key.Modifiers.HasFlag(ConsoleModifiers.Control):
                case ConsoleKey.Escape:
                    _line.Clear();
                    break;
                case ConsoleKey.UpArrow:
                    Recall(_pastAt - 1);
                    break;
                case ConsoleKey.DownArrow:
                    Recall(_pastAt + 1);
                    break;
                default:
                    if (!char.IsControl(key.KeyChar))
                    {
                        _line.Append(key.KeyChar);
                    }

                    break;
            }
        });
        return finished;
    }

    private void Remember(string line)
    {
        if (line.Length > 0)
        {
            _past.Add(line);
            if (_past.Count > 100)
            {
                _past.RemoveAt(0);
            }
        }

        _pastAt = _past.Count;
    }

    private void Recall(int at)
    {
        if (at >= 0 && at <= _past.Count)
        {
            _pastAt = at;
            _line.Clear().Append(at == _past.Count ? "" : _past[at]);
        }
    }
}
