using System.Reflection;
using Polyphony.Personas;

namespace Polyphony.Cli.Models;

/// <summary>The sample personas, which the program carries with it.</summary>
internal static class SampleCards
{
    private const string Prefix = "personas/";

    /// <summary>The cards, in the order of their file names.</summary>
    public static IReadOnlyList<PersonaCard> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(Read),
        ];

        PersonaCard Read(string name)
        {
            using var content = assembly.GetManifestResourceStream(name)!;
            return PersonaCardReader.Read(content, name);
        }
    }
}
