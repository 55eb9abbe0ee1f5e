using ComPO.Core.Wording;

namespace ComPO.Core.Tests.Wording;

public sealed class UnitsTests
{
    [Theory]
    [InlineData(-1, "0.0 s")]
    [InlineData(4.24, "4.2 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.96, "1 min 00 s")]
    [InlineData(192, "3 min 12 s")]
    [InlineData(3599.6, "1 h 00 min")]
    [InlineData(7500, "2 h 05 min")]
    [InlineData(100_800, "1 d 04 h")]
    public void A_length_of_time_has_its_two_largest_units(double seconds, string text) => Assert.Equal(text, Units.Duration(seconds));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1 kB")]
    [InlineData(2_140_000_000, "2.1 GB")]
    [InlineData(999_600_000, "1 GB")]
    [InlineData(7_000_000_000_000_000, "7000 TB")]
    public void A_size_is_in_decimal_units(long bytes, string text) => Assert.Equal(text, Units.Bytes(bytes));

    [Fact]
    public void Counts_are_in_groups_of_three_with_their_noun()
    {
        Assert.Equal(["1 row", "0 rows", "1,800 rows"], [Units.Count(1, "row"), Units.Count(0, "row"), Units.Count(1800, "row")]);
        Assert.Equal("27.3 %", Units.Percent(0.2731));
    }
}
