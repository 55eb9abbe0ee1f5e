using ComPO.Core.Theory;
using MathNet.Numerics.Distributions;

namespace ComPO.Core.Tests.Theory;

public sealed class BivariateNormalTests
{
    private static readonly double[] Thresholds = [-3, -1.2, -0.3, 0, 0.078, 0.9, 2.5];

    [Fact]
    public void It_agrees_with_integrating_one_variable_out()
    {
        foreach (var rho in new[] { -0.999, -0.95, -0.92, -0.6, -0.1, 0, 0.25, 0.75, 0.924, 0.926, 0.99, 0.9999 })
            foreach (var s1 in Thresholds)
                foreach (var s2 in Thresholds)
                    Assert.Equal(Integrated(s1, s2, rho), BivariateNormal.UpperProbability(s1, s2, rho), 1e-9);
    }

    [Fact]
    public void At_zero_it_is_the_share_of_a_wedge()
    {
        foreach (var rho in new[] { -1, -0.999999999, -0.99, -0.5, 0, 0.5, 0.93, 0.999999, 1 })
            Assert.Equal((Math.PI - Math.Acos(rho)) / (2 * Math.PI), BivariateNormal.UpperProbability(0, 0, rho), 1e-12);
    }

    [Fact]
    public void Opposite_or_equal_variables_leave_an_interval()
    {
        foreach (var s1 in Thresholds)
            foreach (var s2 in Thresholds)
            {
                var opposite = Math.Max(0, Normal.CDF(0, 1, -s2) - Normal.CDF(0, 1, s1));
                Assert.Equal(opposite, BivariateNormal.UpperProbability(s1, s2, -1), 1e-12);
                Assert.Equal(opposite, BivariateNormal.UpperProbability(s1, s2, -1 + 1e-16), 1e-7);
                Assert.Equal(Normal.CDF(0, 1, -Math.Max(s1, s2)), BivariateNormal.UpperProbability(s1, s2, 1 + 1e-16), 1e-12);
            }
    }

    [Fact]
    public void Infinite_thresholds_are_certain()
    {
        Assert.Equal(0, BivariateNormal.UpperProbability(double.PositiveInfinity, 0, -0.5));
        Assert.Equal(0.5, BivariateNormal.UpperProbability(double.NegativeInfinity, 0, -0.5), 1e-15);
        Assert.Equal(0, BivariateNormal.UpperProbability(double.NegativeInfinity, double.PositiveInfinity, 1));
    }

    // ∫ φ(x)·P(Y > s2 | X = x) dx from s1 to 9, by Simpson's rule on a fine grid.
    private static double Integrated(double s1, double s2, double rho)
    {
        const int steps = 24_000;
        var width = (9 - s1) / steps;
        var deviation = Math.Sqrt(1 - rho * rho);
        var sum = 0.0;
        for (var i = 0; i <= steps; i++)
        {
            var x = s1 + i * width;
            var weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Normal.PDF(0, 1, x) * Normal.CDF(0, 1, (rho * x - s2) / deviation);
        }
        return sum * width / 3;
    }
}
