using ComPO.Core.Errors;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Torch.Models;
using ComPO.Torch.Tests.Bodies;
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

    [Theory] // The limit of 8 tokens counts an answer's last one, which is an input in TRL's batch.
    [InlineData(7, 3, "1.0", "4.0")]
    [InlineData(3, 7, "1.0", "4.0")]
    [InlineData(6, 3, "1.0", "4.0")]
    [InlineData(3, 6, "1.0", "4.0")]
    [InlineData(5, 3, "1.0", "1.0")]
    public void Both_answers_are_turned_as_the_longer_of_them_asks(int chosen, int rejected, string shortFactor, string longFactor)
    {
        var pair = new TokenizedPair(0, [7, 8, 9], [.. Enumerable.Range(10, chosen)], [.. Enumerable.Range(30, rejected)]);
        Assert.Equal(Score(longFactor, longFactor), Score(shortFactor, "4.0"));
        Assert.NotEqual(Score("1.0", "1.0"), Score("4.0", "4.0"));

        PairLogProbabilities Score(string within, string beyond)
        {
            static string Factors(string factor) => string.Join(", ", Enumerable.Repeat(factor, 3));
            using var folder = SyntheticModel.Write(
                "\"architectures\": [\"LlamaForCausalLM\"], \"max_position_embeddings\": 64, \"rope_scaling\": { \"rope_type\": \"longrope\", " +
                $"\"original_max_position_embeddings\": 8, \"factor\": 8.0, \"short_factor\": [{Factors(within)}], \"long_factor\": [{Factors(beyond)}] }}", headSize: 6);
            using var model = ScoringModel.Open(folder.Path, torch.ScalarType.Float32, threads: 1);
            return model.Score(pair);
        }
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
