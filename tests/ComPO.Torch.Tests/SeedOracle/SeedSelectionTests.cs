using ComPO.Core.Engines;
using ComPO.Core.Pairs;
using ComPO.Core.Selection;
using ComPO.Torch.Models;
using TorchSharp;

namespace ComPO.Torch.Tests.SeedOracle;

/// <summary>Which pairs the authors' own selection takes of their 24, one after the other to the end of the data.</summary>
public sealed class SeedSelectionTests
{
    [Theory]
    [InlineData("float64", torch.ScalarType.Float64, 3)]
    [InlineData("float64", torch.ScalarType.Float64, 1)]
    [InlineData("float32", torch.ScalarType.Float32, 3)]
    public void The_compatible_rule_takes_the_same(string mode, torch.ScalarType dtype, int threshold)
    {
        using var model = ScoringModel.Open(PublishedData.Model("llama"), dtype, threads: 2);
        using var candidates = new Candidates(SeedData.CandidatePairs);
        var selector = new PairSelector(candidates, model.Score, new NoisyPairRule(PairRule.SeedCompatible, threshold));

        var selected = new List<int>();
        while (selector.FindNext(selected.LastOrDefault(-1) + 1, TestContext.Current.CancellationToken) is { } pair && pair.Row > selected.LastOrDefault(-1))
            selected.Add(pair.Row);

        Assert.Equal(
            SeedData.Golden.GetProperty("noisy_pair_select").GetProperty(mode).GetProperty("selected").GetProperty($"{threshold}.0").EnumerateArray().Select(row => row.GetInt32()),
            selected);
    }

    private sealed class Candidates(TokenizedPair[] pairs) : IPairCandidates
    {
        public IEnumerable<Candidate> From(int row) => pairs.Skip(row).Select(pair => new Candidate(pair.Row, pair, null));

        public void Dispose()
        {
        }
    }
}
