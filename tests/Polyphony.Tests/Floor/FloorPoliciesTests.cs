using Polyphony.Floor;

namespace Polyphony.Tests.Floor;

public sealed class FloorPoliciesTests
{
    [Fact]
    public void Every_policy_is_found_by_its_name()
    {
        FloorPolicies.Names.ShouldBe([OneAtATime.PolicyName, Everyone.PolicyName]);
        foreach (var name in FloorPolicies.Names)
        {
            FloorPolicies.Find(name).Name.ShouldBe(name);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("Everyone")]
    [InlineData("loudest-first")]
    public void An_unknown_policy_is_refused_with_the_names_there_are(string name) =>
        Should.Throw<ArgumentException>(() => FloorPolicies.Find(name)).Message.ShouldContain("one-at-a-time, everyone");
}
