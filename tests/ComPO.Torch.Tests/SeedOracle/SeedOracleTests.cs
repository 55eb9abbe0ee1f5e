using System.Text.Json;
using ComPO.Core.Aggregation;
using ComPO.Core.Features;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Models;
using TorchSharp;

namespace ComPO.Torch.Tests.SeedOracle;

/// <summary>Core's float64 oracle and aggregation against the authors' own code, on hidden states of this project's body and with their z's.</summary>
public sealed class SeedOracleTests
{
    /// <summary>Their runs: precision, radius, and one pair or three.</summary>
    public static TheoryData<string> Runs =>
    [
        .. from dtype in (string[])["float32", "float64"]
           from radius in (string[])["0.0005", "0.02"]
           from pairs in (string[])["pair0", "all"]
           select $"{dtype}_s{radius}_{pairs}",
    ];

    [Theory]
    [MemberData(nameof(Runs))]
    [Trait("Invariant", "6 Numbers are right")]
    public void Every_figure_of_the_authors_run_comes_out_again(string name)
    {
        var run = SeedData.Golden.GetProperty("runs").EnumerateArray().Single(run => run.GetProperty("name").GetString() == name);
        var isDouble = run.GetProperty("dtype").GetString() == "float64";
        var oracle = Oracle(isDouble, run.GetProperty("pair_set").GetString() == "all" ? 3 : 1);
        var radius = run.GetProperty("scale").GetDouble();
        var logpTolerance = isDouble ? 2e-5 : 5e-4;
        AssertClose(SeedData.Doubles(run.GetProperty("base")), oracle.Before, logpTolerance);

        // Their -1 is our improved, and their sum is ours with its sign turned.
        var outcomes = new OutcomeBits(64);
        var after = run.GetProperty("perturbed").EnumerateArray().ToArray();
        for (var i = 0; i < outcomes.Count; i++)
        {
            var seen = oracle.At(radius, Perturbation(i));
            AssertClose(SeedData.Doubles(after[i]), seen, logpTolerance);
            outcomes[i] = oracle.IsImproved(seen);
        }

        Assert.Equal(
            run.GetProperty("y").EnumerateArray().Select(y => y.GetInt32() == -1),
            Enumerable.Range(0, outcomes.Count).Select(i => outcomes[i]));
        var aggregation = ReferenceAggregation.Of(oracle, outcomes, Perturbation);
        Assert.Equal(run.GetProperty("count_negative").GetInt32(), aggregation.Improved);
        AssertRelative(run.GetProperty("u_norm").GetDouble(), aggregation.Norm, 1e-5);
        Assert.All(
            run.GetProperty("u_first8").EnumerateArray().Select(entry => entry.GetDouble()),
            (entry, i) => Assert.Equal(-entry, aggregation.Sum[i], 1e-3));

        foreach (var expected in run.GetProperty("aggregate").EnumerateArray())
            AssertAggregate(expected, aggregation, logpTolerance);
    }

    private static void AssertAggregate(JsonElement expected, ReferenceAggregation aggregation, double logpTolerance)
    {
        var sparse = aggregation.Sparse(expected.GetProperty("threshold").GetDouble());
        Assert.Equal(expected.GetProperty("nnz").GetInt32(), sparse.Count(entry => entry != 0));

        var passes = aggregation.Improved >= expected.GetProperty("negone_threshold").GetInt32();
        Assert.Equal(expected.GetProperty("gate_too_few_negative").GetBoolean(), !passes);
        var isImproved = aggregation.IsAccepted(sparse);
        Assert.Equal(expected.GetProperty("step5_y").GetInt32() == -1, isImproved);
        Assert.Equal(expected.GetProperty("accepted").GetBoolean(), passes && isImproved);

        var scale = StepRule.Scale(0.035, aggregation.ImprovedShare);
        AssertRelative(expected.GetProperty("update_scale").GetDouble(), scale, 1e-12);
        var norm = passes && isImproved ? scale * Math.Sqrt(sparse.Sum(entry => entry * entry)) : 0;
        AssertRelative(expected.GetProperty("update_norm").GetDouble(), norm, 1e-3);

        if (!expected.TryGetProperty("line_search", out var line))
            return;
        var walked = aggregation.WalkLine(sparse);
        Assert.Equal(LineSearch.Steps.ToArray(), line.EnumerateArray().Select(point => point.GetProperty("step").GetDouble()));
        Assert.All(line.EnumerateArray(), (point, i) => AssertClose(SeedData.Doubles(point.GetProperty("logps")), walked[i], logpTolerance));
    }

    private static ReferenceOracle Oracle(bool isDouble, int pairs)
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model("llama"));
        using var model = ScoringModel.Open(checkpoint.Folder, isDouble ? torch.ScalarType.Float64 : torch.ScalarType.Float32, threads: 2);
        var features = SeedData.Pairs.Take(pairs).Select(pair =>
        {
            var rows = new CompletionRows(pair, model.Config.VocabularySize);
            return PairFeatures.Create(
                model.HiddenStates(rows), rows.Targets, rows.ChosenCount, model.Config.HiddenSize, PerturbationSpaceKind.Full);
        });
        return new ReferenceOracle(checkpoint.LoadHead(), null, [.. features]);
    }

    private static double[] Perturbation(int i) => SeedData.Z.AsSpan(i * 512 * 64, 512 * 64).ToArray();

    private static void AssertClose(double[][] expected, IReadOnlyList<PairLogProbabilities> seen, double tolerance)
    {
        Assert.Equal(expected.Length, seen.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i][0], seen[i].Chosen, tolerance);
            Assert.Equal(expected[i][1], seen[i].Rejected, tolerance);
        }
    }

    private static void AssertRelative(double expected, double seen, double tolerance) =>
        Assert.InRange(seen, expected - tolerance * Math.Abs(expected), expected + tolerance * Math.Abs(expected));
}
