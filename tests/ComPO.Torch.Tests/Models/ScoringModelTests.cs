using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.Models;
using ComPO.Torch.Tests.SeedOracle;
using TorchSharp;

namespace ComPO.Torch.Tests.Models;

public sealed class ScoringModelTests
{
    [Theory]
    [InlineData(torch.ScalarType.Float64, "float64", 1e-9)]
    [InlineData(torch.ScalarType.Float32, "float32", 2e-4)]
    public void Scores_are_those_of_the_authors_code(torch.ScalarType dtype, string mode, double tolerance)
    {
        using var model = ScoringModel.Open(PublishedData.Model("llama"), dtype, threads: 2);
        var expected = SeedData.Golden.GetProperty("pair_logps").GetProperty(mode).EnumerateArray()
            .Select(pair => (pair.GetProperty("chosen_logps").GetDouble(), pair.GetProperty("rejected_logps").GetDouble()))
            .Concat(SeedData.Doubles(SeedData.Golden.GetProperty("noisy_pair_select").GetProperty(mode).GetProperty("logps")).Select(row => (row[0], row[1])))
            .ToArray();

        var seen = SeedData.Pairs.Concat(SeedData.CandidatePairs).Select(model.Score).ToArray();

        Assert.Equal(27, seen.Length);
        Assert.All(seen, (score, i) =>
        {
            Assert.Equal(expected[i].Item1, score.Chosen, tolerance);
            Assert.Equal(expected[i].Item2, score.Rejected, tolerance);
        });
    }

    [Theory]
    [InlineData("prompt", 512)]
    [InlineData("chosen", -1)]
    [InlineData("rejected", 70000)]
    public void An_id_outside_the_vocabulary_is_refused_by_row_and_place(string part, int id)
    {
        using var model = ScoringModel.Open(PublishedData.Model("llama"), null, threads: 1);
        int[] Ids(string name) => name == part ? [3, id] : [3, 4];

        var refusal = Assert.Throws<PreferenceDataException>(() => model.Score(new TokenizedPair(17, Ids("prompt"), Ids("chosen"), Ids("rejected"))));
        Assert.StartsWith($"Row 17 has token id {id} at position 1 of its {part} tokens", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pair_without_a_prompt_is_refused()
    {
        using var model = ScoringModel.Open(PublishedData.Model("llama"), null, threads: 1);

        var refusal = Assert.Throws<PreferenceDataException>(() => model.Score(new TokenizedPair(2, [], [5], [6])));
        Assert.Contains("Row 2 has 0 prompt", refusal.Message, StringComparison.Ordinal);
    }
}
