using ComPO.Core.Theory;
using MathNet.Numerics.Distributions;

namespace ComPO.Core.Tests.Theory;

public sealed class NormalDistributionTests
{
    [Fact]
    public void It_agrees_with_an_independent_library_far_into_the_tails()
    {
        for (var x = -37.0; x <= 9; x += 0.0625)
        {
            var expected = Normal.CDF(0, 1, x);
            Assert.Equal(1, NormalDistribution.Cumulative(x) / expected, 2e-12);
            Assert.Equal(Normal.PDF(0, 1, x), NormalDistribution.Density(x), 1e-15);
        }
        Assert.Equal(0, NormalDistribution.Cumulative(double.NegativeInfinity));
        Assert.Equal(1, NormalDistribution.Cumulative(double.PositiveInfinity));
    }
}
