using Spectre.Console;

namespace Polyphony.Cli.Commands;

/// <summary>Tables as text: with colour for a terminal, plain and never wrapped for a pipe.</summary>
internal static class TableText
{
    private const int PipeWidth = 400;

    public static string Of(Table table, CommandConsole console)
    {
        using var text = new StringWriter();
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text) };
        if (!console.OutputIsTerminal)
        {
            settings.Ansi = AnsiSupport.No;
            settings.ColorSystem = ColorSystemSupport.NoColors;
        }

        var terminal = AnsiConsole.Create(settings);
        terminal.Profile.Width = console.OutputIsTerminal ? Math.Max(80, Console.WindowWidth) : PipeWidth;
        terminal.Write(table);
        return text.ToString();
    }
}
