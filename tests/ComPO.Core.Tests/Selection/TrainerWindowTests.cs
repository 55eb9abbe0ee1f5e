using ComPO.Core.Engines;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Core.Selection;

namespace ComPO.Core.Tests.Selection;

public sealed class TrainerWindowTests
{
    [Theory]
    [InlineData(100, 900, 20)] // fits, to the token
    [InlineData(124, 900, 1)]
    [InlineData(125, 900, 900)] // one token too long
    [InlineData(512, 1000, 30)] // the shorter one loses as much as the longer
    [InlineData(512, 30, 1000)]
    [InlineData(512, 1023, 1023)] // one token of the prompt left
    public void Both_sequences_keep_what_the_last_columns_of_TRLs_batch_hold(int prompt, int chosen, int rejected)
    {
        var pair = Pair(prompt, chosen, rejected);

        var seen = TrainerWindow.LastTokens(pair);

        var (first, second) = ColumnsOfTrl(pair);
        Assert.Equal(first, (int[])[.. seen.PromptIds, .. seen.ChosenIds]);
        Assert.Equal(second, (int[])[.. seen.PromptIds, .. seen.RejectedIds]);
        Assert.Equal((chosen, rejected), (seen.ChosenIds.Length, seen.RejectedIds.Length));
    }

    [Fact]
    public void The_prompts_last_token_stays_to_predict_answers_that_take_all_the_room()
    {
        var pair = Pair(512, 1024, 7);

        var seen = TrainerWindow.LastTokens(pair);

        var (first, second) = ColumnsOfTrl(pair);
        Assert.Equal((int[])[pair.PromptIds[^1], .. first], (int[])[.. seen.PromptIds, .. seen.ChosenIds]);
        Assert.Equal((int[])[pair.PromptIds[^1], .. second], (int[])[.. seen.PromptIds, .. seen.RejectedIds]);
    }

    [Fact]
    public void Longer_answers_lose_their_beginnings_and_none_of_them_all()
    {
        var pair = Pair(10, 1100, 80);
        var seen = TrainerWindow.LastTokens(pair);
        Assert.Equal([pair.PromptIds[^1]], seen.PromptIds);
        Assert.Equal(pair.ChosenIds[76..], seen.ChosenIds);
        Assert.Equal(pair.RejectedIds[76..], seen.RejectedIds);

        Assert.Equal(pair.RejectedIds[^1], Assert.Single(TrainerWindow.LastTokens(Pair(10, 2000, 80)).RejectedIds));
    }

    [Fact]
    public void The_authors_rule_judges_by_the_window_and_finds_the_whole_pair_and_the_papers_judges_the_whole()
    {
        var whole = Pair(512, 1000, 30);
        var scored = new List<TokenizedPair>();
        TokenizedPair? Find(PairRule rule) => new PairSelector(
            new Single(whole),
            pair =>
            {
                scored.Add(pair);
                return new PairLogProbabilities(1, 0);
            },
            new NoisyPairRule(rule, 3)).FindNext(0, TestContext.Current.CancellationToken);

        Assert.Same(whole, Find(PairRule.SeedCompatible));
        Assert.Same(whole, Find(PairRule.Reference));
        Assert.Equal([TrainerWindow.Length, 1512], scored.Select(pair => pair.PromptIds.Length + pair.ChosenIds.Length));
        Assert.Same(whole, scored[1]);
    }

    /// <summary>
    /// TRL's own steps (concatenated_inputs, flush_left, keep_end), token by token: prompts padded on the left and answers on the right to a
    /// batch of two, each row moved to the left, columns that are empty in both taken away, the last 1024 columns kept. The padding is left out at the end.
    /// </summary>
    private static (int[] Chosen, int[] Rejected) ColumnsOfTrl(TokenizedPair pair)
    {
        const int PromptPadding = 3;
        var answers = Math.Max(pair.ChosenIds.Length, pair.RejectedIds.Length);
        int?[] Row(int[] answer) => [.. new int?[PromptPadding], .. pair.PromptIds, .. answer, .. new int?[answers - answer.Length]];
        int?[][] batch = [Row(pair.ChosenIds), Row(pair.RejectedIds)];

        foreach (var row in batch)
        {
            var tokens = row.Where(token => token is not null).ToArray();
            Array.Clear(row);
            tokens.CopyTo(row, 0);
        }
        var width = Enumerable.Range(0, batch[0].Length).Count(column => batch.Any(row => row[column] is not null));
        int[] Kept(int?[] row) => [.. row[Math.Max(0, width - 1024)..width].OfType<int>()];
        return (Kept(batch[0]), Kept(batch[1]));
    }

    private static TokenizedPair Pair(int prompt, int chosen, int rejected) => new(
        0, [.. Enumerable.Range(10_000, prompt)], [.. Enumerable.Range(20_000, chosen)], [.. Enumerable.Range(30_000, rejected)]);

    private sealed class Single(TokenizedPair pair) : IPairCandidates
    {
        public IEnumerable<Candidate> From(int row) => row == 0 ? [new Candidate(0, pair, null)] : [];

        public void Dispose()
        {
        }
    }
}
