using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Torch.Heads;

namespace ComPO.Torch.Tests.Heads;

/// <summary>
/// A probe goes through the vocabulary slab by slab: neither the noise of a head nor the products of a pair, let alone those of several perturbations, are ever
/// there at once. Measures the whole process, and so runs while no other test does.
/// </summary>
[CollectionDefinition(nameof(ProbeMemoryTests), DisableParallelization = true)]
[Collection(nameof(ProbeMemoryTests))]
public sealed class ProbeMemoryTests
{
    private const int Vocabulary = 32_000, Hidden = 512, Perturbations = 8;

    // A slab of noise and its product take 2 MB at most; half of what the smallest of those matrices would, one perturbation's noise in the row space.
    private const long Most = 16 << 20;

    private static readonly NoiseKey Key = new(20, 3);

    [Theory]
    [InlineData(PerturbationSpaceKind.Full, 16, HeadPrecision.Float32, null)]
    [InlineData(PerturbationSpaceKind.Full, 16, HeadPrecision.BFloat16, null)]
    [InlineData(PerturbationSpaceKind.Full, 16, HeadPrecision.Float32, 20.0)]
    [InlineData(PerturbationSpaceKind.Row, 128, HeadPrecision.Float32, null)]
    public void The_first_probe_of_a_pair_takes_a_slabs_memory(PerturbationSpaceKind space, int answer, HeadPrecision precision, double? cap)
    {
        using var engine = new TorchHeadEngine(1, precision);
        // The library's own pages and the code that is compiled are there from now on; the memory of a probe of this shape is not.
        Probe(engine, 256, 64, 5, PerturbationSpaceKind.Full, cap);
        Probe(engine, 256, 64, 5, PerturbationSpaceKind.Row, cap);

        var grown = Probe(engine, Vocabulary, Hidden, answer, space, cap);

        TestContext.Current.SendDiagnosticMessage($"{space}, {precision}: {grown} bytes");
        Assert.InRange(grown, 0, Most);
    }

    [Fact]
    public void The_noise_of_a_head_and_the_products_of_a_pair_would_be_seen()
    {
        Assert.InRange(ProcessPeak.Over(() => PerturbationNoise.FillBFloat16(Key, 0, 0, new ushort[Vocabulary * Hidden])), Most, 64 << 20);
        Assert.InRange(ProcessPeak.Over(() => PerturbationNoise.Fill(Key, 0, 0, new float[Vocabulary * 255])), Most, 64 << 20);
    }

    // By how many bytes the process grows when a pair is probed for the first time.
    private static long Probe(TorchHeadEngine engine, int vocabularySize, int hiddenSize, int answer, PerturbationSpaceKind space, double? cap)
    {
        var head = SyntheticPair.Head(vocabularySize, hiddenSize);
        using var pair = engine.Prepare(head, cap, SyntheticPair.Features(vocabularySize, hiddenSize, answer, answer, space));
        return ProcessPeak.Over(() => pair.Probe(Key, 5e-4, 0, Perturbations, CancellationToken.None));
    }
}
