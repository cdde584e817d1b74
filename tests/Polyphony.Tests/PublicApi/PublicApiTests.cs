using System.Reflection;
using Polyphony.Llama;
using Polyphony.OpenTelemetry;
using Polyphony.Rooms;
using Polyphony.Sqlite;
using Polyphony.Testing;
using PublicApiGenerator;

namespace Polyphony.Tests.PublicApi;

/// <summary>The public surface of each library, as a text that is reviewed like code: <c>tests/golden/public-api</c>.</summary>
public sealed class PublicApiTests
{
    public static TheoryData<Type> Libraries => new() { typeof(Room), typeof(SqliteRoomLog), typeof(ScriptedConversation), typeof(LlamaModel), typeof(InstrumentationExtensions) };

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task The_public_surface_is_the_approved_one(Type inLibrary)
    {
        var library = inLibrary.Assembly;
        var name = $"{library.GetName().Name}.txt";
        Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "golden", "public-api"));
        var golden = Path.Combine(AppContext.BaseDirectory, "golden", "public-api", name);
        var received = Path.Combine(AppContext.BaseDirectory, "golden", "public-api", $"received.{name}");
        var surface = library.GeneratePublicApi(new() { ExcludeAttributes = Unimportant }).ReplaceLineEndings("\n") + "\n";
        await File.WriteAllTextAsync(received, surface, TestContext.Current.CancellationToken);

        var approved = File.Exists(golden) ? await File.ReadAllTextAsync(golden, TestContext.Current.CancellationToken) : "";
        surface.ShouldBe(approved, $"the public surface changed; where that is meant, copy {received} over tests/golden/public-api/{name}");
    }

    private static string[] Unimportant =>
    [
        typeof(AssemblyMetadataAttribute).FullName!,
        typeof(System.Runtime.CompilerServices.InternalsVisibleToAttribute).FullName!,
        typeof(System.Runtime.Versioning.TargetFrameworkAttribute).FullName!,
    ];
}
