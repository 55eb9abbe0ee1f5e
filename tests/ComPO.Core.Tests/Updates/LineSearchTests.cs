using ComPO.Core.Oracle;
using ComPO.Core.Updates;

namespace ComPO.Core.Tests.Updates;

public sealed class LineSearchTests
{
    [Fact]
    public void The_steps_are_the_published_ones() => Assert.Equal([0, 0.1, 0.5, 1, 2, 5, 10, 15], LineSearch.Steps);

    [Theory]
    [InlineData(-9.9, -20.1, true)]
    [InlineData(-10.0, -20.1, false)]
    [InlineData(-9.9, -20.0, false)]
    public void Only_step_five_decides(double chosen, double rejected, bool accepted)
    {
        var seen = Enumerable.Repeat(new PairLogProbabilities(-10, -20), 8).ToArray();
        seen[5] = new PairLogProbabilities(chosen, rejected);
        seen[7] = new PairLogProbabilities(-100, -1);
        var table = LineSearch.Table(seen);
        Assert.Equal(new LineSearchPoint(15, -100, -1), table[7]);
        Assert.Equal(accepted, LineSearch.IsAccepted(table));
    }
}
