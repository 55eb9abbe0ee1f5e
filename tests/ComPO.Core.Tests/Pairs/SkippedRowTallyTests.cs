using ComPO.Core.Pairs;

namespace ComPO.Core.Tests.Pairs;

public sealed class SkippedRowTallyTests
{
    [Fact]
    public void All_are_counted_and_the_first_of_each_reason_are_listed()
    {
        var tally = new SkippedRowTally();
        tally.Add(7, SkipReason.IdenticalPair);
        for (var row = 100; row < 1500; row++)
            tally.Add(row, SkipReason.TooLong);

        Assert.Equal(new Dictionary<string, int> { ["identicalPair"] = 1, ["tooLong"] = 1400 }, tally.Counts);
        Assert.Equal([7], tally.Rows["identicalPair"]);
        Assert.Equal(Enumerable.Range(100, SkippedRowTally.MostListed), tally.Rows["tooLong"]);
        Assert.Equal(
            [
                "1 row skipped: identicalPair (row 7)",
                "1400 rows skipped: tooLong (rows 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119 and 1380 more)",
            ],
            tally.Sentences);
    }

    [Fact]
    public void Of_few_rows_all_are_named()
    {
        var tally = new SkippedRowTally();
        tally.Add(3, SkipReason.EmptyPrompt);
        tally.Add(5, SkipReason.EmptyPrompt);

        Assert.Equal(["2 rows skipped: emptyPrompt (rows 3, 5)"], tally.Sentences);
    }
}
