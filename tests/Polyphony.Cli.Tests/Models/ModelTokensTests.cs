using Polyphony.Cli.Models;

namespace Polyphony.Cli.Tests.Models;

public sealed class ModelTokensTests
{
    [Theory]
    [InlineData("gpt-4o", "tiktoken (gpt-4o)")]
    [InlineData("openai/gpt-4o-mini", "tiktoken (gpt-4o-mini)")]
    [InlineData("gpt-4", "tiktoken (gpt-4)")]
    [InlineData("tiny", "bytes/4")]
    [InlineData("qwen2.5-0.5b", "bytes/4")]
    [InlineData("text-davinci-003", "bytes/4")]
    [InlineData("gpt2", "bytes/4")]
    public void A_model_is_counted_by_its_tokenizer_where_there_is_one(string model, string counter) => ModelTokens.Of(model).Name.ShouldBe(counter);

    [Fact]
    public void A_tokenizer_counts_what_the_estimate_can_only_guess()
    {
        ModelTokens.Of("gpt-4o").Count("hello world").ShouldBe(2);
        ModelTokens.Of("gpt-4").Count("hello world").ShouldBe(2);
    }
}
