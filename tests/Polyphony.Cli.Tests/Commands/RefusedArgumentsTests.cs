using CsCheck;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Tests.Commands;

public sealed class RefusedArgumentsTests
{
    /// <summary>The arguments, and what the line must name.</summary>
    public static TheoryData<string[], string> Wrong => new()
    {
        { [], "chat, replay, stress, evaluate, probes, persona, turn, prompt, doctor" },
        { ["--json"], "'--json'" },
        { ["talk"], "'talk'" },
        { ["talk", "--json"], "'talk'" },
        { ["[diagram]", "chat"], "'[diagram]'" },
        { ["chat", "--loud"], "'--loud'" },
        { ["chat", "extra"], "'extra'" },
        { ["chat", "@names.txt"], "'@names.txt'" },
        { ["chat", "--policy"], "--policy" },
        { ["chat", "--policy", "--data", "d"], "--policy" },
        { ["chat", "--data", "--help"], "--data" },
        { ["chat", "--data", "-h"], "--data" },
        { ["chat", "--cards", "--name", "Ada"], "--cards" },
        { ["chat", "--name", "--json"], "--name: its value is missing" },
        { ["chat", "--data", "--json"], "--data: its value is missing" },
        { ["chat", "--room", "--topology"], "--room: its value is missing" },
        { ["chat", "--room", "--strict=true"], "--room: its value is missing" },
        { ["stress", "--personas", "--name"], "--personas: its value is missing" },
        { ["chat", "--policy", ""], "--policy" },
        { ["chat", "--policy", "loudest"], "one-at-a-time, everyone" },
        { ["chat", "--policy", "everyone", "--policy", "everyone"], "--policy" },
        { ["chat", "--cards", "no-such-card.yaml"], "--cards" },
        { ["chat", "--cards"], "--cards" },
        { ["chat", "--endpoint", "http://localhost:1/v1"], "--endpoint" },
        { ["chat", "--model", "m"], "--model" },
        { ["chat", "--endpoint", "localhost:8080", "--model", "m"], "--endpoint" },
        { ["chat", "--endpoint", "/v1", "--model", "m"], "--endpoint" },
        { ["chat", "--endpoint", "ftp://host/v1", "--model", "m"], "--endpoint" },
        { ["chat", "--endpoint", "", "--model", "m"], "--endpoint" },
        { ["chat", "--endpoint", "http://localhost:1/v1", "--model", " "], "--model" },
        { ["chat", "--protocol", "xml"], "--protocol" },
        { ["chat", "--layout", "sideways"], "name-prefixed, flattened, single-party, shared" },
        { ["chat", "--doctrine", "no-such-doctrine.txt"], "--doctrine" },
        { ["chat", "--voice=true"], "it takes no value; write '--voice'" },
        { ["chat", "--analysis", "on"], "--analysis: the card mind has no model to ask" },
        { ["chat", "--analysis", "perhaps"], "choose one of: on, off" },
        { ["chat", "--name", ""], "--name" },
        { ["chat", "--name", "two\nlines"], "--name" },
        { ["chat", "--room", "\u202Elobby"], "--room" },
        { ["chat", "--data", ""], "--data" },
        { ["doctor"], "engine" },
        { ["doctor", "heart"], "'heart'" },
        { ["doctor", "engine", "extra"], "'extra'" },
        { ["doctor", "engine", "--model"], "--model" },
        { ["doctor", "engine", "--model", "no-such.gguf"], "--model" },
        { ["doctor", "engine", "--model", "."], "--model" },
        { ["doctor", "engine", "--json=false"], "it takes no value; write '--json'" },
        { ["chat", "--model", "."], "--model" },
        { ["chat", "--model", "no-such.gguf"], "name a GGUF file, or say with --endpoint URL" },
        { ["bench"], "room" },
        { ["bench", "hall"], "'hall'" },
        { ["bench", "room", "--model", "no-such.gguf"], "--model" },
        { ["bench", "room", "--shape", "qwen2.5-7b"], "--shape" },
        { ["bench", "room", "--personas", "0"], "--personas" },
        { ["bench", "room", "--personas", "41"], "--personas" },
        { ["bench", "room", "--transcript", "63"], "--transcript" },
        { ["bench", "room", "--replies", "x"], "--replies" },
        { ["bench", "room", "--rounds", "-1"], "--rounds" },
        { ["bench", "room", "--threads", "0"], "--threads" },
        { ["stress", "--model"], "give a GGUF file, or --shape qwen2.5-0.5b" },
        { ["stress", "--model", "no-such.gguf"], "--model" },
        { ["stress", "--shape", "qwen2.5-0.5b"], "add --model" },
        { ["stress", "--model", "--shape", "tall"], "--shape" },
        { ["stress", "--model", "--shape", "qwen2.5-0.5b", "--delay-ms", "5"], "--delay-ms" },
        { ["stress", "--model", "--shape", "qwen2.5-0.5b", "--mind", "full"], "--mind" },
        { ["replay"], "FILE" },
        { ["replay", ""], "FILE" },
        { ["replay", "no-such-chat.txt"], "FILE" },
        { ["replay", "no\nsuch\u001b[2Jchat.txt"], "FILE" },
        { ["replay", "."], "FILE" },
        { ["replay", ".", "another"], "'another'" },
        { ["replay", ".", "--personas", "0"], "--personas" },
        { ["replay", ".", "--personas", "1001"], "--personas" },
        { ["replay", ".", "--format", "xml"], "--format" },
        { ["replay", ".", "--speed", "fast"], "--speed" },
        { ["replay", ".", "--json=perhaps"], "it takes no value; write '--json'" },
        { ["replay", ".", "--json:"], "it takes no value; write '--json'" },
        { ["replay", ".", "--json="], "it takes no value; write '--json'" },
        { ["replay", ".", "--json=false"], "it takes no value; write '--json'" },
        { ["replay", ".", "--strict=true"], "it takes no value; write '--strict'" },
        { ["replay", "--json=true", "."], "it takes no value; write '--json'" },
        { ["replay", ".", "--json", "false"], "--json: it takes no value; leave 'false' out" },
        { ["replay", "--strict", "True", "."], "--strict: it takes no value; leave 'True' out" },
        { ["replay", "--json", "--strict", "true"], "--strict: it takes no value; leave 'true' out" },
        { ["stress", "--json=false"], "it takes no value; write '--json'" },
        { ["stress", "--log", "sqlite", "--power-failure-safe", "false"], "--power-failure-safe: it takes no value; leave 'false' out" },
        { ["stress", "--personas", "0"], "--personas" },
        { ["stress", "--personas", "-1"], "--personas" },
        { ["stress", "--personas", "10001"], "--personas" },
        { ["stress", "--personas", "99999999999999999999"], "--personas" },
        { ["stress", "--personas", "twelve"], "--personas" },
        { ["stress", "--personas", "1.5"], "--personas" },
        { ["stress", "--personas", "١٢"], "--personas" },
        { ["stress", "--personas", ""], "--personas" },
        { ["stress", "--personas="], "--personas" },
        { ["stress", "--personas", "2,,4"], "--personas" },
        { ["stress", "--personas", "2,4,"], "--personas" },
        { ["stress", "--messages", "0"], "--messages" },
        { ["stress", "--messages", "100001"], "--messages" },
        { ["stress", "--personas", "2,4", "--messages", "1,2,3"], "--messages" },
        { ["stress", "--messages", "1,2"], "--messages" },
        { ["stress", "--delay-ms", "-1"], "--delay-ms" },
        { ["stress", "--delay-ms", "60001"], "--delay-ms" },
        { ["stress", "--topology", "ring"], "--topology" },
        { ["stress", "--log", "paper"], "--log" },
        { ["stress", "--power-failure-safe"], "--power-failure-safe" },
        { ["stress", "--topology", "scripted", "--log", "sqlite"], "--log: a scripted conversation has no room" },
        { ["stress", "--power-failure-safe", "--log", "memory"], "--power-failure-safe" },
        { ["stress", "stress"], "'stress'" },
        { ["chat", "--capture", "."], "--capture" },
        { ["chat", "--capture", "no/such/directory/turns.jsonl"], "--capture" },
        { ["prompt"], "--persona: it is missing" },
        { ["prompt", "--persona", "Ada", "--model", "m"], "--model" },
        { ["prompt", "--persona", "Ada", "--policy", "everyone"], "'--policy'" },
        { ["prompt", "--persona", "Ada", "--room", ""], "--room" },
        { ["turn"], "turn: say what to do: replay" },
        { ["turn", "look"], "'look'" },
        { ["turn", "replay"], "ID" },
        { ["turn", "replay", "twelve"], "'twelve'" },
        { ["turn", "replay", "t1"], "--capture: it is missing" },
        { ["turn", "replay", "t1", "--capture", "."], "--endpoint: it is missing; name the server to ask, with --model NAME: the card mind cannot answer a prompt" },
        { ["turn", "replay", "t1", "--capture", ".", "--endpoint", "http://h/v1"], "--endpoint" },
        { ["turn", "replay", "t1", "--capture", ".", "--endpoint", "http://h/v1", "--model", "m"], "--capture: '.' is a directory" },
        { ["turn", "replay", "t1", "--capture", "no-such", "--endpoint", "http://h/v1", "--model", "m"], "--capture: there is no file" },
        { ["turn", "replay", "t1", "--protocol", "xml", "--capture", "no-such"], "--" },
        { ["probes"], "list, tail, summary, slow, turn, why" },
        { ["probes", "look"], "'look'" },
        { ["probes", "--json"], "'--json'" },
        { ["probes", "list", "extra"], "'extra'" },
        { ["probes", "list", "--loud"], "polyphony probes list --help" },
        { ["probes", "summary"], "FILE" },
        { ["probes", "summary", "no-such-file.jsonl"], "FILE" },
        { ["probes", "summary", "."], "FILE" },
        { ["probes", "tail", ".", "--class", "persona.trun"], "--class: there is no class 'persona.trun'; near: persona.turn" },
        { ["probes", "tail", ".", "--class", "personality"], "--class" },
        { ["probes", "tail", ".", "--class", "persona,zzzzzzzz"], "'zzzzzzzz'" },
        { ["probes", "tail", ".", "--persona", ""], "--persona" },
        { ["probes", "slow", "."], "--over" },
        { ["probes", "slow", ".", "--over", "soon"], "--over" },
        { ["probes", "slow", ".", "--over", "-1"], "--over" },
        { ["probes", "slow", ".", "--over", "1e999"], "--over" },
        { ["probes", "turn", "."], "ID" },
        { ["probes", "turn", ".", "twelve"], "'twelve'" },
        { ["probes", "turn", ".", "t"], "ID" },
        { ["probes", "turn", ".", "-1"], "'-1'" },
        { ["probes", "why", "."], "--persona" },
        { ["probes", "why", ".", "--persona", "Ada", "--room", " "], "--room" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_arguments_are_refused_with_one_line_that_names_them(string[] args, string named)
    {
        var line = await InProcess.RefusalAsync(args);

        line.ShouldContain(named);
        line.Length.ShouldBeLessThan(300);
    }

    [Fact]
    public async Task A_file_where_a_data_directory_should_be_is_refused()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("taken", "");

        (await InProcess.RefusalAsync("chat", "--data", file)).ShouldStartWith("--data: ");
    }

    [Fact]
    public async Task A_huge_value_is_not_printed_whole()
    {
        (await InProcess.RefusalAsync("stress", "--personas", new string('9', 100_000))).Length.ShouldBeLessThan(300);
    }

    [Fact]
    public void Any_argument_at_all_is_either_understood_or_refused_as_the_contract_says()
    {
        string[] words =
        [
            "chat", "replay", "stress", "probes", "tail", "turn", "--over", "--personas", "--messages", "--delay-ms", "--log", "--json", "--strict", "--policy", "--endpoint",
            "--model", "--name", "--cards", "--data", "--", "-", "@x", "everyone", "2,4", "sqlite", "http://h/v1",
        ];
        var known = Gen.Int[0, words.Length - 1].Select(i => words[i]);
        var any = Gen.OneOf(known, Gen.String, Gen.Int.Select(i => $"{i}"));
        var refused = 0;
        var understood = 0;

        Gen.OneOf(any.Array[0, 6], any.Array[0, 4].Select(rest => (string[])["stress", .. rest])).Sample(
            args =>
            {
                var run = InProcess.RunAsync(args).GetAwaiter().GetResult();
                if (run.ExitCode == ExitCodes.Held)
                {
                    understood++;
                }
                else
                {
                    refused++;
                    run.RefusalLine();
                }
            },
            iter: 2_000,
            threads: 1);

        refused.ShouldBeGreaterThan(1_000);
        understood.ShouldBeGreaterThan(20);
    }
}
