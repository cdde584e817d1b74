using Polyphony.Cli.Models;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>The shared analysis as the command line switches it.</summary>
public sealed class AnalysisTests
{
    private const string Analysis = """{\"summary\":\"A greeting.\",\"intent\":\"social\",\"suggestedAngles\":{}}""";

    [Theory]
    [InlineData("http://localhost:8080/v1", true)]
    [InlineData("http://127.0.0.1/v1", true)]
    [InlineData("http://[::1]:1/v1", true)]
    [InlineData("http://[::ffff:192.168.1.1]/v1", true)]
    [InlineData("http://[fd12::1]/v1", true)]
    [InlineData("http://[fe80::1]/v1", true)]
    [InlineData("http://0.0.0.0:1/v1", true)]
    [InlineData("http://10.1.2.3/v1", true)]
    [InlineData("http://172.16.0.1/v1", true)]
    [InlineData("http://172.31.255.255/v1", true)]
    [InlineData("http://192.168.178.20/v1", true)]
    [InlineData("http://gpu-box/v1", true)]
    [InlineData("http://GPU.Local./v1", true)]
    [InlineData("http://172.32.0.1/v1", false)]
    [InlineData("http://11.0.0.1/v1", false)]
    [InlineData("http://[2001:db8::1]/v1", false)]
    [InlineData("https://api.example/v1", false)]
    [InlineData("https://local.example/v1", false)]
    [InlineData("https://notlocalhost.example/v1", false)]
    public void What_is_next_door_is_told_by_the_address(string address, bool isNearby) => NearbyAddress.Is(new(address)).ShouldBe(isNearby);

    [Theory]
    [InlineData(null, 0, "Shared analysis is off: a model on this machine pays for it: --analysis on switches it on.")]
    [InlineData("off", 0, "Shared analysis is off, because --analysis says so.")]
    [InlineData("on", 1, "Shared analysis is on, because --analysis says so: one more model call a message.")]
    public async Task A_message_is_analysed_once_where_it_is_on_and_the_start_says_which(string? state, int calls, string notice)
    {
        using var server = new ModelServer(request =>
            !ModelServer.Streams(request) ? ModelServer.Whole("ok")
            : request.Contains("\"temperature\":0.2", StringComparison.Ordinal) ? ModelServer.Stream(Analysis)
            : ModelServer.Stream("PASS"));
        string[] flag = state is null ? [] : ["--analysis", state];
        var run = await ProgramProcess.RunWithInputAsync("hello\n", ["chat", "--endpoint", server.Address, "--model", "tiny", .. flag]);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.Split('\n').ShouldContain(notice);
        server.Requests.Count(r => r.Contains("\"temperature\":0.2", StringComparison.Ordinal)).ShouldBe(calls);
        server.Requests.Count(ModelServer.Streams).ShouldBe(calls + 4, "every persona is asked all the same");
    }

    [Fact]
    public async Task The_card_mind_says_that_it_has_no_model_to_ask()
    {
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.Split('\n').ShouldContain("Shared analysis is off: the card mind has no model to ask.");
    }
}
