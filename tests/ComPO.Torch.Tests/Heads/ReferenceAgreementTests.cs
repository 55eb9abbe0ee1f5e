using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Updates;
using ComPO.Torch.Heads;

namespace ComPO.Torch.Tests.Heads;

/// <summary>The production engine against Core's plain float64 engine, on synthetic pairs.</summary>
public sealed class ReferenceAgreementTests
{
    private static readonly NoiseKey Key = new(20, 3);

    /// <summary>Shapes around the slabs' seams and the vector width; caps; radii from tiny to absurd.</summary>
    public static TheoryData<int, int, int, int, PerturbationSpaceKind, double?, double> Shapes => new()
    {
        { 512, 64, 7, 12, PerturbationSpaceKind.Row, null, 5e-4 },
        { 512, 64, 7, 12, PerturbationSpaceKind.Full, null, 5e-4 },
        { 1061, 96, 11, 5, PerturbationSpaceKind.Row, null, 0.02 },
        { 1061, 96, 11, 5, PerturbationSpaceKind.Full, 30.0, 0.02 },
        { 37, 16, 3, 4, PerturbationSpaceKind.Row, 5.0, 5e-4 },
        { 515, 8, 20, 20, PerturbationSpaceKind.Row, null, 0.02 },
        { 640, 32, 6, 9, PerturbationSpaceKind.Full, 2.0, 0.5 },
        { 640, 32, 6, 9, PerturbationSpaceKind.Row, null, 5.0 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    [Trait("Invariant", "6 Numbers are right")]
    public void Outcomes_are_those_of_the_float64_reference_one_by_one(
        int vocabularySize, int hiddenSize, int chosen, int rejected, PerturbationSpaceKind space, double? cap, double radius)
    {
        var head = SyntheticPair.Head(vocabularySize, hiddenSize);
        var features = SyntheticPair.Features(vocabularySize, hiddenSize, chosen, rejected, space);
        using var engine = new TorchHeadEngine(2);
        using var reference = new ReferenceHeadEngine();
        using var pair = engine.Prepare(head, cap, features);
        using var expected = reference.Prepare(head, cap, features);

        Assert.Equal(expected.Before.Chosen, pair.Before.Chosen, 1e-4);
        Assert.Equal(expected.Before.Rejected, pair.Before.Rejected, 1e-4);
        Assert.Equal(
            expected.Probe(Key, radius, 0, 200, CancellationToken.None).ToBase64(),
            pair.Probe(Key, radius, 0, 200, CancellationToken.None).ToBase64());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3.0)]
    public void Stepping_along_a_sparse_direction_agrees_with_the_float64_reference(double? cap)
    {
        var head = SyntheticPair.Head(530, 24);
        var features = SyntheticPair.Features(530, 24, 6, 8, PerturbationSpaceKind.Row);
        int[] indices = [0, 3, 23, 24, 25, 700, 701, 5000, 530 * 24 - 1];
        var direction = new SparseUpdate(head.Shape, indices, [.. indices.Select((_, i) => 0.5f * MathF.Sin(i + 1))]);
        using var engine = new TorchHeadEngine(2);
        using var reference = new ReferenceHeadEngine();
        using var pair = engine.Prepare(head, cap, features);
        using var expected = reference.Prepare(head, cap, features);

        var seen = pair.Evaluate(direction, LineSearch.Steps);

        Assert.Equal(pair.Before, seen[0]);
        Assert.All(expected.Evaluate(direction, LineSearch.Steps), (point, i) =>
        {
            Assert.Equal(point.Chosen, seen[i].Chosen, 1e-4);
            Assert.Equal(point.Rejected, seen[i].Rejected, 1e-4);
        });
        Assert.NotEqual(seen[0].Chosen, seen[^1].Chosen, 1e-3);
    }
}
