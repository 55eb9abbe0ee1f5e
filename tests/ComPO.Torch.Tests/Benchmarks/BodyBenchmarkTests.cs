using ComPO.Torch.Benchmarks;

namespace ComPO.Torch.Tests.Benchmarks;

public sealed class BodyBenchmarkTests
{
    [Fact]
    public void The_operations_are_those_of_every_projection_and_of_the_attention_to_what_is_seen()
    {
        // By hand, for 512 tokens: queries and output 4096², keys and values 1024·4096, three of 4096·14336; scores and values 4096 wide over (n+1)/2 positions.
        const long layer = 2L * 512 * (2 * 4096 * 4096 + 2 * 1024 * 4096 + 3 * 4096 * 14336) + 2 * 2L * 4096 * (512 * 513 / 2);
        Assert.Equal(4 * layer, BodyBenchmark.Operations(BodyBenchmark.SevenBillionShape, 512));
    }

    [Fact]
    public void A_body_and_a_product_are_timed()
    {
        var small = BodyBenchmark.SevenBillionShape with { HiddenSize = 64, IntermediateSize = 128, HeadCount = 4, KeyValueHeadCount = 2, HeadSize = 16 };
        var seen = BodyBenchmark.Measure(small, tokens: 40, threads: 1, repeats: 2, TestContext.Current.CancellationToken);
        Assert.True(seen is { BodySeconds: > 0, ProductSeconds: > 0, Layers: 4, HiddenSize: 64, Tokens: 40, Threads: 1 });
        Assert.Equal(seen.BodyGigaflops / seen.ProductGigaflops, seen.Share, 1e-9);
    }
}
