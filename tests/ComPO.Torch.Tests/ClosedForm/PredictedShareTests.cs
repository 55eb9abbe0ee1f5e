using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;
using ComPO.Torch.Heads;
using MathNet.Numerics.Distributions;

namespace ComPO.Torch.Tests.ClosedForm;

/// <summary>
/// The improved counts of real pairs against the closed form, which knows nothing of probes: the strongest
/// test of noise, spaces, engine and theory together.
/// </summary>
public sealed class PredictedShareTests(ITestOutputHelper output)
{
    private const int Perturbations = 1800;

    [Theory]
    [InlineData(5e-4, PerturbationSpaceKind.Row)]
    [InlineData(5e-4, PerturbationSpaceKind.Full)]
    [InlineData(0.02, PerturbationSpaceKind.Row)]
    [InlineData(0.02, PerturbationSpaceKind.Full)]
    public void Improved_counts_scatter_around_the_prediction_as_binomials_do(double radius, PerturbationSpaceKind space)
    {
        var deviations = new List<double>();
        var withoutDrift = new List<double>();
        foreach (var (improved, theory) in Probe(radius, space))
        {
            deviations.Add(Deviation(improved, theory.PredictedProbability));
            withoutDrift.Add(Deviation(improved, BivariateNormal.UpperProbability(0, 0, theory.Correlation)));
        }

        output.WriteLine(
            $"{deviations.Count} pairs, r = {radius}, {space}: largest |z| {deviations.Max(Math.Abs):F2}, |Σz|/√N {Bias(deviations):F2}, Σz² {Scatter(deviations):F1}; " +
            $"without drift {withoutDrift.Max(Math.Abs):F2}, {Bias(withoutDrift):F2}, {Scatter(withoutDrift):F1}");
        Assert.InRange(deviations.Count, 10, 100);
        Assert.True(IsBinomial(deviations));
        // At the large radius noise lowers both log-probabilities enough to be seen: a theory without the drift fails.
        if (radius == 0.02)
            Assert.False(IsBinomial(withoutDrift));
    }

    private static IEnumerable<(int Improved, Core.Theory.ClosedForm Theory)> Probe(double radius, PerturbationSpaceKind space)
    {
        using var engine = new TorchHeadEngine(2);
        var iteration = 0u;
        foreach (var (pairs, count) in ((RealPairs, int)[])[(RealPairs.Llama, 12), (RealPairs.Stories, 10)])
        {
            foreach (var features in pairs.Features(space).Take(count))
            {
                using var pair = engine.Prepare(pairs.Head, null, features);
                var theory = Core.Theory.ClosedForm.Of(
                    features, PerturbationSpace.Of(features), null, pair.BaseLogits.Span, pairs.Head.Shape.VocabularySize, radius);
                yield return (pair.Probe(new NoiseKey(11, iteration++), radius, 0, Perturbations, CancellationToken.None).CountImproved(), theory);
            }
        }
    }

    /// <summary>In standard deviations of a binomial.</summary>
    private static double Deviation(int improved, double probability) =>
        (improved - Perturbations * probability) / Math.Sqrt(Perturbations * probability * (1 - probability));

    private static bool IsBinomial(List<double> deviations) =>
        deviations.Max(Math.Abs) <= 4 && Bias(deviations) <= 3 && Scatter(deviations) <= ChiSquared.InvCDF(deviations.Count, 0.999);

    private static double Bias(List<double> deviations) => Math.Abs(deviations.Sum()) / Math.Sqrt(deviations.Count);

    private static double Scatter(List<double> deviations) => deviations.Sum(z => z * z);
}
