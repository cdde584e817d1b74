using Polyphony.Llama.Engine;
using static Polyphony.Llama.Tests.ScheduleDriver;

namespace Polyphony.Llama.Tests;

public sealed class ConstraintTests
{
    [Fact]
    public void A_token_that_is_not_allowed_is_chosen_again_among_those_that_are()
    {
        var constraint = new Scripted(token => token % 2 == 0 && token != EndOfReply);
        var run = Written(Request([1, 2, 3], maxTokens: 12) with { Constraint = constraint }, out var answer);

        answer.ShouldBeOfType<EngineAnswer.CutOff>();
        run.Count.ShouldBe(12);
        run.ShouldAllBe(token => token % 2 == 0);
        constraint.Accepted.ShouldBe(run);
        constraint.Masks.ShouldBeInRange(1, 11, "it masks after a token that was not allowed, and only then");
    }

    [Fact]
    public void A_text_that_is_whole_ends_there()
    {
        var three = Written(Request([1, 2, 3], maxTokens: 12) with { Constraint = new Scripted(token => token < 60, length: 3) }, out var whole);
        var none = Written(Request([1, 2, 3], maxTokens: 12) with { Constraint = new Scripted(_ => true, length: 0) }, out var empty);

        whole.ShouldBeOfType<EngineAnswer.Finished>();
        empty.ShouldBeOfType<EngineAnswer.Finished>();
        (three.Count, none.Count).ShouldBe((3, 0));
    }

    [Fact]
    public void The_end_of_a_reply_is_only_taken_where_it_is_allowed()
    {
        Written(Request([1, 2, 3], maxTokens: 12) with { Constraint = new Scripted(token => token == EndOfReply) }, out var ended).ShouldBeEmpty();
        Written(Request([1, 2, 3], maxTokens: 12) with { Constraint = new Scripted(token => token == 5) }, out var cutOff).ShouldAllBe(token => token == 5);

        ended.ShouldBeOfType<EngineAnswer.Finished>();
        cutOff.ShouldBeOfType<EngineAnswer.CutOff>();
    }

    [Fact]
    public void A_constraint_that_allows_nothing_or_breaks_ends_its_own_request_typed()
    {
        var driver = new ScheduleDriver();
        var nothing = driver.Submit(Request([1, 2], maxTokens: 5) with { Constraint = new Scripted(_ => false) });
        var broken = driver.Submit(Request([1, 3], maxTokens: 5) with { Constraint = new Scripted(_ => throw new FormatException("what somebody said")) });
        var other = driver.Submit(Request([1, 4], maxTokens: 5));
        driver.StepUntilIdle();

        Answer(nothing).ShouldBeOfType<EngineAnswer.Failed>().Message.ShouldContain("allows none");
        var failed = Answer(broken).ShouldBeOfType<EngineAnswer.Failed>();
        failed.Fault.ShouldBe(LlamaFault.Constraint);
        failed.Message.ShouldContain(nameof(FormatException));
        failed.Message.ShouldNotContain("somebody");
        ScheduleDriver.Written(other).ShouldBe(Alone(other.Request));
        driver.Cache.Cells.ShouldBe(0);
    }

    private static List<int> Written(EngineRequest request, out EngineAnswer answer)
    {
        var driver = new ScheduleDriver();
        var run = driver.Submit(request);
        driver.StepUntilIdle();
        answer = Answer(run);
        driver.Cache.Cells.ShouldBe(0);
        return ScheduleDriver.Written(run);
    }

    private sealed class Scripted(Func<int, bool> allows, int length = int.MaxValue) : ITokenConstraint
    {
        public List<int> Accepted { get; } = [];

        public int Masks { get; private set; }

        public bool IsComplete => Accepted.Count >= length;

        public bool Allows(int token) => allows(token);

        public void Accept(int token)
        {
            allows(token).ShouldBeTrue();
            Accepted.Add(token);
        }

        public bool Mask(Span<float> logits)
        {
            Masks++;
            for (var token = 0; token < logits.Length; token++)
            {
                logits[token] = allows(token) ? logits[token] : float.NegativeInfinity;
            }

            return logits.ContainsAnyExcept(float.NegativeInfinity);
        }
    }
}
