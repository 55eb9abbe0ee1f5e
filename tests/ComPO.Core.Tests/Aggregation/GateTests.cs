using ComPO.Core.Aggregation;
using ComPO.Core.Updates;

namespace ComPO.Core.Tests.Aggregation;

public sealed class GateTests
{
    [Fact]
    public void A_share_of_exactly_the_gate_does_not_pass()
    {
        Assert.False(Gate.Passes(360, 1800, 0.2));
        Assert.True(Gate.Passes(361, 1800, 0.2));
        Assert.False(Gate.Passes(0, 1800, 0));
        Assert.False(Gate.Passes(0.2, 0.2));
        Assert.True(Gate.Passes(0.25, 0.2));
    }

    [Fact]
    public void The_scale_is_the_step_size_times_the_improved_share() =>
        Assert.Equal(0.008203125, StepRule.Scale(0.035, 15.0 / 64), 1e-17);
}
