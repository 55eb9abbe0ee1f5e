using ComPO.Core.Oracle;

namespace ComPO.Core.Tests.Oracle;

public sealed class OutcomeBitsTests
{
    [Fact]
    public void The_first_outcome_is_the_least_significant_bit_of_the_first_byte()
    {
        var outcomes = new OutcomeBits(10) { [0] = true, [3] = true, [9] = true };
        Assert.Equal([0b0000_1001, 0b10], outcomes.ToBytes());
        Assert.Equal("CQI=", outcomes.ToBase64());
        Assert.Equal(3, outcomes.CountImproved());
        outcomes[3] = false;
        Assert.Equal(2, outcomes.CountImproved());
    }

    [Fact]
    public void Outcomes_survive_their_bytes_and_their_text()
    {
        var outcomes = new OutcomeBits(1800);
        for (var i = 0; i < 1800; i += 7)
            outcomes[i] = true;
        Assert.Equal(225, outcomes.ToBytes().Length);
        Assert.Equal(outcomes, OutcomeBits.FromBytes(outcomes.ToBytes(), 1800));
        Assert.Equal(outcomes, OutcomeBits.FromBase64(outcomes.ToBase64(), 1800));
    }

    [Fact]
    public void Blocks_written_in_any_order_make_the_same_outcomes()
    {
        var all = new OutcomeBits(100);
        for (var i = 0; i < 100; i += 3)
            all[i] = true;
        var pieced = new OutcomeBits(100);
        foreach (var (first, count) in new[] { (60, 40), (0, 13), (13, 47) })
        {
            var block = new OutcomeBits(count);
            for (var i = 0; i < count; i++)
                block[i] = all[first + i];
            pieced.Write(first, block);
        }
        Assert.Equal(all, pieced);
    }

    [Fact]
    public void Bytes_that_are_not_of_that_many_outcomes_are_refused()
    {
        Assert.Throws<FormatException>(() => OutcomeBits.FromBytes([1, 4], 10));
        Assert.Throws<FormatException>(() => OutcomeBits.FromBytes([1], 10));
        Assert.Throws<FormatException>(() => OutcomeBits.FromBase64("?", 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new OutcomeBits(10)[10]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new OutcomeBits(10).Write(5, new OutcomeBits(6)));
    }
}
