using ComPO.Core.Engines;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Core.Selection;

namespace ComPO.Core.Tests.Selection;

/// <summary>Measures the memory of the whole process, and so runs while no other test does.</summary>
[CollectionDefinition(nameof(SelectionMemoryTests), DisableParallelization = true)]
[Collection(nameof(SelectionMemoryTests))]
public sealed class SelectionMemoryTests
{
    [Fact]
    public void What_is_remembered_of_a_search_does_not_grow_with_the_file()
    {
        const int Third = 400_000;
        using var rows = new CleanRows(3 * Third);
        var selector = new PairSelector(rows, _ => new PairLogProbabilities(10, 0), new NoisyPairRule(PairRule.Reference, 3));
        long? before = null;
        rows.Passed = row =>
        {
            if (row % Third != Third - 1)
                return;
            var held = GC.GetTotalMemory(forceFullCollection: true);
            Assert.InRange(held - (before ?? held), long.MinValue, 1 << 20);
            before = held;
        };

        Assert.Null(selector.FindNext(0, TestContext.Current.CancellationToken));

        Assert.NotNull(before);
        Assert.Equal((3 * Third, Third), (selector.RowsScanned, selector.Skipped[SkipReason.TooLong]));
        Assert.Equal(Enumerable.Range(0, 1000).Select(third => 3 * third + 2), selector.LastSkipped.Select(skipped => skipped.Row));
        GC.KeepAlive(selector);
    }

    /// <summary>Rows about which the model is not in doubt; every third is no pair.</summary>
    private sealed class CleanRows(int count) : IPairCandidates
    {
        public Action<int> Passed { get; set; } = _ => { };

        public IEnumerable<Candidate> From(int row)
        {
            for (; row < count; row++)
            {
                yield return row % 3 == 2 ? new Candidate(row, null, SkipReason.TooLong) : new Candidate(row, new TokenizedPair(row, [1], [2], [3]), null);
                Passed(row);
            }
        }

        public void Dispose()
        {
        }
    }
}
