using ComPO.Core.Oracle;

namespace ComPO.Core.Tests.Oracle;

public sealed class LogitCapTests
{
    [Fact]
    public void Its_derivatives_are_those_of_finite_differences()
    {
        foreach (var x in new[] { -90.0, -20, -3, 0, 0.5, 12, 40 })
        {
            const double h = 1e-4;
            Assert.Equal((LogitCap.Apply(x + h, 30) - LogitCap.Apply(x - h, 30)) / (2 * h), LogitCap.Slope(x, 30), 1e-8);
            Assert.Equal((LogitCap.Slope(x + h, 30) - LogitCap.Slope(x - h, 30)) / (2 * h), LogitCap.Curvature(x, 30), 1e-8);
        }
        Assert.Equal(30 * Math.Tanh(1), LogitCap.Apply(30, 30), 1e-14);
    }

    [Fact]
    public void Without_a_cap_it_is_the_identity() =>
        Assert.Equal((7.5, 1.0, 0.0), (LogitCap.Apply(7.5, null), LogitCap.Slope(7.5, null), LogitCap.Curvature(7.5, null)));
}
