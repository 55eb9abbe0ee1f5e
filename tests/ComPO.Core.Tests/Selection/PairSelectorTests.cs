using ComPO.Core.Engines;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Core.Selection;

namespace ComPO.Core.Tests.Selection;

public sealed class PairSelectorTests
{
    // The margin of each row; null for a row that is no pair.
    private static readonly double?[] Margins = [10, 2, null, -3, -2, 3, null, 0];

    private int _scored;

    [Fact]
    public void Noisy_pairs_come_in_order_from_an_offset_and_recur_after_the_end()
    {
        var selector = Selector(PairRule.Reference);

        Assert.Equal([1, 3, 4, 5, 7, 1, 3], Follow(selector, 0, 7));
        Assert.Equal([4, 5, 7, 1], Follow(selector, 4, 4));
        Assert.Equal(1, selector.FindNext(1000, TestContext.Current.CancellationToken)!.Row);
    }

    [Fact]
    public void The_paper_takes_margins_on_either_side_and_the_authors_code_those_between()
    {
        Assert.Equal([1, 3, 4, 5, 7], Follow(Selector(PairRule.Reference), 0, 5));
        // Strictly between 0 and δ: row 1 alone.
        Assert.Equal([1, 1], Follow(Selector(PairRule.SeedCompatible), 0, 2));
    }

    [Fact]
    public void Without_a_noisy_pair_each_row_is_looked_at_once_and_there_is_none()
    {
        var selector = Selector(PairRule.Reference, noiseThreshold: -1);

        Assert.Null(selector.FindNext(5, TestContext.Current.CancellationToken));
        Assert.Equal((6, 8), (_scored, selector.RowsScanned));
    }

    [Fact]
    public void What_the_reference_says_of_a_row_is_asked_once_and_what_the_current_model_says_each_time()
    {
        Follow(Selector(PairRule.Reference), 0, 15);
        Assert.Equal(6, _scored);

        _scored = 0;
        Follow(Selector(PairRule.SeedCompatible), 0, 3);
        Assert.Equal(2 + 6 + 6, _scored);
    }

    [Fact]
    public void Rows_that_are_no_pairs_are_counted_once_each()
    {
        var selector = Selector(PairRule.Reference);
        Follow(selector, 0, 20);

        Assert.Equal(new Dictionary<SkipReason, int> { [SkipReason.TooLong] = 2 }, selector.Skipped);
    }

    [Fact]
    public void Rows_are_counted_once_in_whatever_order_searches_come_to_them()
    {
        var selector = Selector(PairRule.Reference);
        foreach (var first in (int[])[6, 2, 4, 0, 3, 5])
            selector.FindNext(first, TestContext.Current.CancellationToken);

        Assert.Equal(8, selector.RowsScanned);
        Assert.Equal(2, selector.Skipped[SkipReason.TooLong]);
    }

    [Fact]
    public void A_search_names_the_rows_that_it_left_out_itself_around_the_end_and_again_where_it_comes_again()
    {
        var selector = Selector(PairRule.SeedCompatible);

        foreach (var (first, expected) in ((int, int[])[])[(4, [6]), (2, [2, 6]), (5, [6]), (0, [])])
        {
            selector.FindNext(first, TestContext.Current.CancellationToken);
            Assert.Equal(expected.Select(row => (row, SkipReason.TooLong)), selector.LastSkipped);
        }
    }

    [Fact]
    public void A_search_can_be_given_up() =>
        Assert.Throws<OperationCanceledException>(() => Selector(PairRule.Reference).FindNext(0, new CancellationToken(canceled: true)));

    private static List<int> Follow(PairSelector selector, int offset, int count)
    {
        var rows = new List<int>();
        for (var next = offset; rows.Count < count; next = rows[^1] + 1)
            rows.Add(selector.FindNext(next, TestContext.Current.CancellationToken)!.Row);
        return rows;
    }

    private PairSelector Selector(PairRule rule, double noiseThreshold = 3) => new(new Rows(), Score, new NoisyPairRule(rule, noiseThreshold));

    private PairLogProbabilities Score(TokenizedPair pair)
    {
        _scored++;
        return new PairLogProbabilities(Margins[pair.Row]!.Value, 0);
    }

    private sealed class Rows : IPairCandidates
    {
        public IEnumerable<Candidate> From(int row)
        {
            for (; row < Margins.Length; row++)
                yield return Margins[row] is null ? new Candidate(row, null, SkipReason.TooLong) : new Candidate(row, new TokenizedPair(row, [1], [2], [3]), null);
        }

        public void Dispose()
        {
        }
    }
}
