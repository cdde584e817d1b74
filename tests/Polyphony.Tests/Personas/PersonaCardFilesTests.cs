using System.Diagnostics;
using Polyphony.Personas;

namespace Polyphony.Tests.Personas;

public sealed class PersonaCardFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("polyphony-cards-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_is_read_in_ordinal_order_and_other_files_are_left_alone()
    {
        Write("b.yaml", "name: Second");
        Write("B.json", "{\"name\": \"First\"}");
        Write("c.yml", "name: Third");
        Write("README.md", "# not a card");
        Write("notes.txt", "neither");
        Directory.CreateDirectory(Path.Combine(_folder, "d.yaml"));

        PersonaCardReader.Read(_folder).Select(card => card.Name).ShouldBe(["First", "Second", "Third"]);
    }

    [Fact]
    public void Files_and_folders_are_read_in_the_order_given()
    {
        Write("a.yaml", "name: Ann");
        var other = Write("other/b.yaml", "name: Bo");

        PersonaCardReader.Read(other, _folder).Select(card => card.Name).ShouldBe(["Bo", "Ann"]);
    }

    [Theory]
    [InlineData("name: Bo", "name: BO", "key 'name'")]
    [InlineData("name: Bo", "name: Ann\nid: bo", "key 'id'")]
    public void Two_cards_cannot_share_a_name_or_an_id(string first, string second, string key)
    {
        var one = Write("one.yaml", first);
        var two = Write("two.yaml", second);

        var message = Should.Throw<PersonaCardException>(() => PersonaCardReader.Read(_folder)).Message;

        message.ShouldStartWith($"{two}, line ");
        message.ShouldContain(key);
        message.ShouldContain(one);
    }

    [Fact]
    public void A_missing_path_is_refused_by_name() =>
        MessageFor(Path.Combine(_folder, "none.yaml")).ShouldBe($"{Path.Combine(_folder, "none.yaml")}: there is no such file or folder; check the path");

    [Fact]
    public void A_folder_without_cards_is_refused()
    {
        Write("README.md", "# no card");

        MessageFor(_folder).ShouldBe($"{_folder}: the folder has no persona card; put a .yaml, .yml or .json file in it");
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_refused()
    {
        Should.Throw<PersonaCardException>(() => PersonaCardReader.ReadFile(Directory.CreateDirectory(Path.Combine(_folder, "x.yaml")).FullName))
            .Message.ShouldContain("cannot be read");
        MessageFor("a\0b.yaml").ShouldContain("cannot be read");
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused_by_line()
    {
        var file = Path.Combine(_folder, "latin.yaml");
        File.WriteAllBytes(file, [.. "name: Bo\ngreeting: caf"u8, 0xE9, .. "\n"u8]);

        MessageFor(file).ShouldBe($"{file}, line 2: byte 14 of the line is not UTF-8; save the file as UTF-8");
    }

    [Fact]
    public void A_huge_file_is_refused_without_loading_it()
    {
        var file = Path.Combine(_folder, "huge.yaml");
        using (var stream = File.Create(file))
        {
            stream.SetLength(100L * 1024 * 1024);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        MessageFor(file).ShouldContain("larger than 1048576 bytes");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(PersonaCardReader.MaxFileBytes);
    }

    [Fact]
    public void A_stream_without_end_is_given_up_at_the_limit()
    {
        using var endless = new EndlessStream();

        Should.Throw<PersonaCardException>(() => PersonaCardReader.Read(endless, "endless.yaml")).Message.ShouldContain("larger than");
    }

    [Fact]
    public void The_sample_cards_are_worth_meeting()
    {
        var cards = PersonaCardReader.Read(Path.Combine(RepositoryFolder(), "samples", "personas"));

        cards.Select(card => card.Name).ShouldBe(["Anahit", "Kudzai", "Xurxo", "Zdenka"]);
        foreach (var card in cards)
        {
            card.ExampleLines.Count.ShouldBeInRange(26, 32);
            card.Facts.ShouldNotBeEmpty();
            card.Greeting.ShouldNotBeEmpty();
            card.ExampleLines.Concat(card.Facts).ShouldBeUnique();
        }
    }

    private static string RepositoryFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Polyphony.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new UnreachableException("the tests run outside the repository");
    }

    private static string MessageFor(string path) => Should.Throw<PersonaCardException>(() => PersonaCardReader.Read(path)).Message;

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    private sealed class EndlessStream : UnseekableStream
    {
        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'x');
            return buffer.Length;
        }
    }
}
