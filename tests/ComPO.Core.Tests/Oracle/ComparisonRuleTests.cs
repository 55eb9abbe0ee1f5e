using ComPO.Core.Oracle;

namespace ComPO.Core.Tests.Oracle;

public sealed class ComparisonRuleTests
{
    [Theory]
    [InlineData(-9, -21, true)]
    [InlineData(-10, -21, false)]
    [InlineData(-9, -20, false)]
    [InlineData(-11, -30, false)]
    [InlineData(-5, -19, false)]
    [InlineData(double.NaN, -21, false)]
    public void Only_more_of_the_chosen_and_less_of_the_rejected_is_an_improvement(double chosen, double rejected, bool improved) =>
        Assert.Equal(improved, ComparisonRule.IsImproved(new(-10, -20), new(chosen, rejected)));
}
