using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Torch.Heads;
using ComPO.Torch.Tests.ClosedForm;

namespace ComPO.Torch.Tests.Heads;

/// <summary>The production engine against Core's plain float64 engine, on pairs of real models.</summary>
public sealed class RealPairAgreementTests
{
    [Theory]
    [InlineData("llama", 5e-4, PerturbationSpaceKind.Row)]
    [InlineData("llama", 5e-4, PerturbationSpaceKind.Full)]
    [InlineData("llama", 0.02, PerturbationSpaceKind.Row)]
    [InlineData("llama", 0.02, PerturbationSpaceKind.Full)]
    [InlineData("stories", 5e-4, PerturbationSpaceKind.Row)]
    [InlineData("stories", 5e-4, PerturbationSpaceKind.Full)]
    [InlineData("stories", 0.02, PerturbationSpaceKind.Row)]
    [InlineData("stories", 0.02, PerturbationSpaceKind.Full)]
    public void Outcomes_are_those_of_the_float64_reference_one_by_one(string model, double radius, PerturbationSpaceKind space)
    {
        var pairs = model == "llama" ? RealPairs.Llama : RealPairs.Stories;
        using var engine = new TorchHeadEngine(2);
        using var reference = new ReferenceHeadEngine();
        foreach (var (features, i) in pairs.Features(space).Take(3).Select((features, i) => (features, i)))
        {
            using var pair = engine.Prepare(pairs.Head, null, features);
            using var expected = reference.Prepare(pairs.Head, null, features);
            var key = new NoiseKey(5, (uint)i);

            Assert.Equal(
                expected.Probe(key, radius, 0, 250, CancellationToken.None).ToBase64(),
                pair.Probe(key, radius, 0, 250, CancellationToken.None).ToBase64());
        }
    }
}
