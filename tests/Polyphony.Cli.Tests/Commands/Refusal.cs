namespace Polyphony.Cli.Tests.Commands;

/// <summary>What the contract of the command line wants of a refusal on standard error.</summary>
internal static class Refusal
{
    /// <summary>The only line there is.</summary>
    public static string LineOf(string error)
    {
        error.ShouldEndWith("\n");
        var line = error.TrimEnd('\r', '\n');
        line.ShouldNotBeNullOrWhiteSpace();
        line.Any(char.IsControl).ShouldBeFalse(error);
        return line;
    }
}
