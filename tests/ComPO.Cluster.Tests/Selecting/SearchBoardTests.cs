using ComPO.Cluster.Runs;
using ComPO.Cluster.Selecting;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Core.Selection;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Selecting;

public sealed class SearchBoardTests
{
    private static readonly Digest Origin = Digest.Of([1]);

    /// <summary>
    /// Data, offset, length of the run and a schedule at random: nodes answer in any order, with as many rows as they like, die, come back, fail, and belong
    /// to others; the run comes to its pairs early or late. The pairs and the counts of skipped rows are those of the sequential selector.
    /// </summary>
    [Fact]
    public void Whatever_nodes_do_the_pairs_and_the_skipped_rows_are_those_of_one_search_after_another()
    {
        var exhausted = 0;
        for (var seed = 0; seed < 1500; seed++)
        {
            var random = new Random(seed);
            var rows = new Rows(random);
            var offset = random.Next(random.Next(2) == 0 ? 3 : 2 * rows.Count + 3);
            var iterations = random.Next(1, 8);
            var expected = Sequentially(rows, offset, iterations);

            var seen = new Search(rows, random, offset, iterations).Run();

            Assert.True(expected.SequenceEqual(seen), $"seed {seed}: expected {string.Join("; ", expected)}, found {string.Join("; ", seen)}");
            exhausted += expected[^1].Row is null ? 1 : 0;
        }
        Assert.InRange(exhausted, 50, 1400);
    }

    [Fact]
    public void Nodes_look_at_rows_ahead_until_enough_pairs_are_known_and_no_further()
    {
        var board = new SearchBoard();
        board.Aim(new SearchAim(0, 2, IsUrgent: true));

        // The first to be asked says what the rows are judged by; before that nobody else can be asked.
        Assert.Equal([("a", 0, 1)], Asked(board.Deal(["a", "b"])));
        Assert.Empty(board.Deal(["a", "b"]));
        Answer(board, "a", [RowVerdict.Clean]);
        Assert.Equal([("a", 1, 2), ("b", 3, 1)], Asked(board.Deal(["a", "b"])));
        // What lies behind may be known before, and is not the next.
        Answer(board, "b", [RowVerdict.Noisy]);
        Assert.Null(board.Found);
        Answer(board, "a", [RowVerdict.Clean, RowVerdict.Noisy]);
        Assert.Equal(2, board.Found!.Value.Row);
        Assert.Empty(board.Deal(["a", "b"]));

        board.Aim(new SearchAim(3, 2, IsUrgent: false));
        Assert.Equal(3, board.Found!.Value.Row);
        Assert.All(board.Deal(["a", "b"]), errand => Assert.False(errand.IsUrgent));
    }

    [Fact]
    public void What_was_asked_ahead_is_asked_again_when_the_run_waits_for_it()
    {
        var board = new SearchBoard();
        board.Aim(new SearchAim(5, 1, IsUrgent: false));
        var ahead = Assert.Single(board.Deal(["a"]));
        Assert.False(ahead.IsUrgent);

        board.Aim(new SearchAim(5, 1, IsUrgent: true));
        var urgent = Assert.Single(board.Deal(["a"]));

        Assert.Equal((5, 1, true), (urgent.First, urgent.Count, urgent.IsUrgent));
        Assert.NotEqual(ahead.Number, urgent.Number);
        board.Take("a", Reply(ahead, [RowVerdict.Noisy]));
        Assert.Null(board.Found);
        board.Take("a", Reply(urgent, [RowVerdict.Noisy]));
        Assert.Equal(5, board.Found!.Value.Row);
    }

    [Fact]
    public void Rows_of_a_node_that_is_gone_or_hangs_go_to_another()
    {
        var board = new SearchBoard();
        board.Aim(new SearchAim(0, 1, IsUrgent: true));
        board.Deal(["a"]);
        Answer(board, "a", [RowVerdict.Clean]);
        Assert.Equal([("a", 1, 2), ("b", 3, 1)], Asked(board.Deal(["a", "b"])));
        board.Lose("a");
        Assert.Empty(board.Deal(["b"]));
        Answer(board, "b", [RowVerdict.Clean]);
        Assert.Equal([("b", 1, 2)], Asked(board.Deal(["b"])));

        // This one never answers: the other goes some way ahead, then does the same rows.
        var others = 0;
        while (board.Found is null && others++ < 100)
        {
            foreach (var errand in board.Deal(["c", "b"]).Where(errand => errand.Node == "c"))
                board.Take("c", Reply(errand, [.. Enumerable.Range(errand.First, errand.Count).Select(row => row == 2 ? RowVerdict.Noisy : RowVerdict.Clean)]));
        }
        Assert.Equal(2, board.Found!.Value.Row);
    }

    [Fact]
    public void A_node_that_hangs_at_rows_with_two_pairs_keeps_another_from_neither()
    {
        var board = new SearchBoard();
        board.Aim(new SearchAim(0, 1, IsUrgent: true));
        for (var count = 1; count <= 2; count *= 2)
        {
            Assert.Equal([("c", count - 1, count)], Asked(board.Deal(["c"])));
            Answer(board, "c", [.. Enumerable.Repeat(RowVerdict.Clean, count)]);
        }
        Assert.Equal([("c", 3, 4)], Asked(board.Deal(["c"])));

        foreach (var pair in (int[])[4, 6])
        {
            for (var turns = 0; board.Found is null && turns < 100; turns++)
            {
                foreach (var errand in board.Deal(["c", "b"]))
                    board.Take("b", Reply(errand, [.. Enumerable.Range(errand.First, errand.Count).Select(row => row is 4 or 6 ? RowVerdict.Noisy : RowVerdict.Clean)]));
            }
            Assert.Equal(pair, board.Found?.Row);
            board.Aim(new SearchAim(pair + 1, 1, IsUrgent: true));
        }
    }

    [Fact]
    public void A_search_that_nobody_can_go_on_with_is_given_up_and_the_next_tries_again()
    {
        var board = new SearchBoard();
        board.Aim(new SearchAim(0, 1, IsUrgent: true));
        Assert.False(board.IsBeyond([]));
        Assert.Single(board.Deal(["a", "b"]));
        Assert.False(board.IsBeyond(["a", "b"]));
        Answer(board, "a", [RowVerdict.Clean]);
        var both = board.Deal(["a", "b"]).ToList();
        board.Take("a", new NodeFailed(both[0].Number, "Row 1 is damaged.", (int)ExitCode.RunFailed));
        Assert.False(board.IsBeyond(["a", "b"]));
        // A verdict that there is not is a failure too.
        board.Take("b", new RowsScanned(both[1].Number, Origin, [200], false, null));

        Assert.Empty(board.Deal(["a", "b"]));
        Assert.True(board.IsBeyond(["a", "b"]));
        board.Aim(new SearchAim(1, 1, IsUrgent: true));
        Assert.False(board.IsBeyond(["a", "b"]));
        Assert.Equal(2, board.Deal(["a", "b"]).Count);
    }

    private static List<Step> Sequentially(Rows rows, int offset, int iterations)
    {
        var selector = new PairSelector(rows, rows.Score, new NoisyPairRule(PairRule.Reference, NoisyPairRule.PaperThreshold));
        var steps = new List<Step>();
        var next = offset;
        while (steps.Count < iterations)
        {
            var row = selector.FindNext(next, TestContext.Current.CancellationToken)?.Row;
            steps.Add(new Step(row, Text(SkippedCounts.Describe(selector.Skipped))));
            if (row is null)
                break;
            next = row.Value + 1;
        }
        return steps;
    }

    private static string Text(IEnumerable<SkippedCount> skipped) => string.Join(", ", skipped.Select(rows => $"{rows.Rows} {rows.Reason}"));

    private static IEnumerable<(string Node, int First, int Count)> Asked(IEnumerable<ScanErrand> errands) =>
        errands.Select(errand => (errand.Node, errand.First, errand.Count));

    private static void Answer(SearchBoard board, string node, RowVerdict[] verdicts) =>
        board.Take(node, Reply(board.Errands.Single(errand => errand.Node == node), verdicts));

    private static RowsScanned Reply(ScanErrand errand, IEnumerable<RowVerdict> verdicts)
    {
        var codes = new List<byte>();
        foreach (var verdict in verdicts)
        {
            codes.Add(verdict.Code);
            if (verdict.IsNoisy)
                return new RowsScanned(errand.Number, Origin, [.. codes], false, Pair(errand.First + codes.Count - 1));
        }
        return new RowsScanned(errand.Number, Origin, [.. codes], false, null);
    }

    private static FoundPair Pair(int row) => new(Digest.Of(BitConverter.GetBytes(row)), row);

    /// <summary>A row of a run: its pair, and what has been skipped by then.</summary>
    private sealed record Step(int? Row, string Skipped);

    private sealed class Rows : IPairCandidates
    {
        private readonly int[] _kinds;

        public Rows(Random random)
        {
            var noisy = random.Next(6);
            _kinds = [.. Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(10) is var kind && kind < noisy ? 0 : kind)];
        }

        public int Count => _kinds.Length;

        // Kind 0 is noisy; 8 and 9 are no pairs.
        public RowVerdict Verdict(int row) => _kinds[row] switch
        {
            0 => RowVerdict.Noisy,
            8 => RowVerdict.SkippedFor(SkipReason.TooLong),
            9 => RowVerdict.SkippedFor(SkipReason.IdenticalPair),
            _ => RowVerdict.Clean,
        };

        public PairLogProbabilities Score(TokenizedPair pair) => new(_kinds[pair.Row] == 0 ? 0 : 10, 0);

        public IEnumerable<Candidate> From(int row)
        {
            for (; row < Count; row++)
                yield return Verdict(row).Skipped is { } reason ? new Candidate(row, null, reason) : new Candidate(row, new TokenizedPair(row, [1], [2], [3]), null);
        }

        public void Dispose()
        {
        }
    }

    /// <summary>A run that takes its pairs from a board, with nodes that do as they like.</summary>
    private sealed class Search(Rows rows, Random random, int offset, int iterations)
    {
        private readonly SearchBoard _board = new();
        private readonly List<string> _nodes = ["a", "b", "c"];
        private readonly List<int> _pairs = [];
        private readonly List<Step> _steps = [];
        private IReadOnlyList<SkippedCount> _skipped = [];

        public List<Step> Run()
        {
            var turns = 0;
            while (_steps.Count < iterations)
            {
                Assert.True(++turns < 10_000, "The search does not end.");
                var next = _pairs.Count > 0 ? _pairs[^1] + 1 : offset;
                var isWaiting = random.Next(3) > 0;
                var wanted = Math.Min(iterations - _steps.Count, random.Next(1, 5));
                _board.Aim(random.Next(10) == 0 ? SearchAim.Nothing : new SearchAim(next, wanted, isWaiting));
                if (random.Next(8) == 0)
                    Bury();
                // d sees other rows, so it is never the first.
                _board.Deal([.. _nodes, "d"]);
                if (_board.Errands.Count > 0 && random.Next(4) > 0)
                    Answer(_board.Errands.ElementAt(random.Next(_board.Errands.Count)));
                if (!isWaiting)
                    continue;
                _board.Aim(new SearchAim(next, wanted, IsUrgent: true));
                if (_board.Found is var (row, pair))
                {
                    Assert.Equal(Pair(row), pair);
                    Take(row);
                }
                else if (_board.IsExhausted)
                {
                    Take(null);
                    break;
                }
                else if (_board.IsBeyond([.. _nodes, "d"]))
                {
                    foreach (var node in _nodes)
                        _board.Lose(node);
                }
            }
            return _steps;
        }

        private void Bury()
        {
            var node = _nodes[random.Next(_nodes.Count)];
            _board.Lose(node);
            if (random.Next(2) == 0 && _nodes.Count > 1)
                _nodes.Remove(node);
        }

        private void Answer(ScanErrand errand)
        {
            if (random.Next(12) == 0)
            {
                _board.Take(errand.Node, new NodeFailed(errand.Number, "It fell over.", (int)ExitCode.RunFailed));
                return;
            }
            if (errand.Node == "d")
            {
                _board.Take("d", new RowsScanned(errand.Number, Digest.Of([2]), [RowVerdict.Clean.Code], false, null));
                return;
            }
            var count = Math.Min(Math.Min(errand.Count, random.Next(1, errand.Count + 1)), Math.Max(0, rows.Count - errand.First));
            var reply = Reply(errand, Enumerable.Range(errand.First, count).Select(rows.Verdict));
            var reached = errand.First + reply.Verdicts.Length;
            _board.Take(errand.Node, reply with { IsEnd = reply.Pair is null && reached >= rows.Count });
        }

        private void Take(int? row)
        {
            _skipped = SkippedCounts.Add(_skipped, new SearchPath(offset, _pairs).NewlySkipped(_board.Rows, row));
            _steps.Add(new Step(row, Text(_skipped)));
            if (row is { } found)
                _pairs.Add(found);
        }
    }
}
