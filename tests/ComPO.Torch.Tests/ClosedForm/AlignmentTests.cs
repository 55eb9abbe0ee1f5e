using ComPO.Core.Aggregation;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Spaces;
using ComPO.Core.Tests.Theory;
using ComPO.Torch.Heads;

namespace ComPO.Torch.Tests.ClosedForm;

/// <summary>How well sampled estimates align with the direction that the closed form says they tend to.</summary>
public sealed class AlignmentTests(ITestOutputHelper output)
{
    private const double Radius = 5e-4;
    private const int Seeds = 40;

    // Few enough that noise dominates both estimates: only then is the ratio √(d/k).
    private const int Perturbations = 600;

    [Theory]
    [InlineData("llama", 0)]
    [InlineData("llama", 1)]
    [InlineData("llama", 9)]
    [InlineData("stories", 1)]
    public void The_row_space_aligns_better_by_the_root_of_d_over_k(string model, int index)
    {
        var (head, row) = Pair(model, index, PerturbationSpaceKind.Row);
        var (_, full) = Pair(model, index, PerturbationSpaceKind.Full);
        Assert.InRange(row.BasisSize, 1, row.HiddenSize / 2);

        var ratio = MeanAlignments(head, row, [Perturbations])[0].Seen / MeanAlignments(head, full, [Perturbations])[0].Seen;

        var expected = Math.Sqrt((double)row.HiddenSize / row.BasisSize);
        output.WriteLine($"{model} {index}: k = {row.BasisSize}, alignment of row over full {ratio:F3}, √(d/k) {expected:F3}");
        Assert.InRange(ratio / expected, 0.95, 1.05);
    }

    [Theory]
    [InlineData("llama", 2, PerturbationSpaceKind.Row)]
    [InlineData("llama", 2, PerturbationSpaceKind.Full)]
    [InlineData("stories", 8, PerturbationSpaceKind.Row)]
    public void The_cosine_to_the_limit_grows_with_m_as_predicted(string model, int index, PerturbationSpaceKind space)
    {
        var (head, features) = Pair(model, index, space);

        foreach (var (perturbations, seen, predicted) in MeanAlignments(head, features, [100, 400, 1600]))
        {
            output.WriteLine($"{model} {index} {space}: m = {perturbations}, cosine {seen:F4}, predicted {predicted:F4}");
            // The cosine of noise alone scatters by 1/√(V·k); four standard deviations of the mean.
            var deviation = 1 / Math.Sqrt((double)head.Shape.VocabularySize * features.BasisSize * Seeds);
            Assert.InRange(seen, predicted - 4 * deviation, predicted + 4 * deviation);
        }
    }

    private static (HeadWeights Head, PairFeatures Features) Pair(string model, int index, PerturbationSpaceKind space)
    {
        var pairs = model == "llama" ? RealPairs.Llama : RealPairs.Stories;
        return (pairs.Head, pairs.Features(space).ElementAt(index));
    }

    private static List<(int Perturbations, double Seen, double Predicted)> MeanAlignments(HeadWeights head, PairFeatures features, int[] counts)
    {
        using var engine = new TorchHeadEngine(2);
        using var pair = engine.Prepare(head, null, features);
        var (vocabulary, dimension) = (head.Shape.VocabularySize, features.BasisSize);
        var theory = Core.Theory.ClosedForm.Of(features, PerturbationSpace.Of(features), null, pair.BaseLogits.Span, vocabulary, Radius);
        var means = new double[counts.Length];
        for (var seed = 0u; seed < Seeds; seed++)
        {
            var (key, sums, done) = (new NoiseKey(100 + seed, 0), new int[vocabulary * dimension], 0);
            for (var i = 0; i < counts.Length; i++)
            {
                var outcomes = pair.Probe(key, Radius, done, counts[i] - done, CancellationToken.None);
                OutcomeTally.AddRows(key, outcomes, dimension, 0, vocabulary, sums, threads: 2, firstPerturbation: done);
                done = counts[i];
                means[i] += theory.Alignment(sums) / Seeds;
            }
        }

        return [.. counts.Select((count, i) => (count, means[i], ExpectedAlignment.Of(theory, dimension, count)))];
    }
}
