using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Torch.Heads;

namespace ComPO.Torch.Tests.Heads;

public sealed class TorchHeadEngineTests
{
    private static readonly NoiseKey Key = new(20, 3);

    [Fact]
    public void An_outcome_depends_on_neither_its_block_nor_the_number_of_threads()
    {
        var head = SyntheticPair.Head(1061, 96);
        var features = SyntheticPair.Features(1061, 96, 11, 5, PerturbationSpaceKind.Row);
        using var one = new TorchHeadEngine(1);
        using var three = new TorchHeadEngine(3);
        using var alone = one.Prepare(head, null, features);
        using var shared = three.Prepare(head, null, features);
        var whole = alone.Probe(Key, 5e-4, 0, 300, CancellationToken.None);

        var pieces = new OutcomeBits(300);
        for (int first = 0, size = 1; first < 300; first += size, size = Math.Min(size + 7, 300 - first))
            pieces.Write(first, shared.Probe(Key, 5e-4, first, size, CancellationToken.None));

        Assert.InRange(whole.CountImproved(), 30, 150);
        Assert.Equal(whole.ToBase64(), pieces.ToBase64());
        Assert.Equal(alone.Before, shared.Before);
        Assert.Equal(alone.BaseLogits.ToArray(), shared.BaseLogits.ToArray());
    }

    [Fact]
    public void Several_callers_and_pairs_share_an_engine_without_disturbing_each_other()
    {
        var head = SyntheticPair.Head(700, 48);
        using var engine = new TorchHeadEngine(2);
        var pairs = Enumerable.Range(0, 4).Select(i =>
            engine.Prepare(head, null, SyntheticPair.Features(700, 48, 4 + i, 9 - i, PerturbationSpaceKind.Row, seed: (uint)i))).ToArray();
        var alone = pairs.Select(pair => pair.Probe(Key, 5e-4, 0, 64, CancellationToken.None).ToBase64()).ToArray();

        var together = new string[16];
        Parallel.For(0, 16, i => together[i] = pairs[i % 4].Probe(Key, 5e-4, 0, 64, CancellationToken.None).ToBase64());

        Assert.All(together, (bits, i) => Assert.Equal(alone[i % 4], bits));
        foreach (var pair in pairs)
            pair.Dispose();
    }

    [Fact]
    public void A_cancelled_probe_ends_and_the_engine_lives_on()
    {
        var head = SyntheticPair.Head(512, 32);
        using var engine = new TorchHeadEngine(2);
        using var pair = engine.Prepare(head, null, SyntheticPair.Features(512, 32, 5, 5, PerturbationSpaceKind.Row));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => pair.Probe(Key, 5e-4, 0, 100, cancelled.Token));
        Assert.Equal(100, pair.Probe(Key, 5e-4, 0, 100, CancellationToken.None).Count);
    }

    [Fact]
    public async Task While_an_engine_is_at_rest_no_probe_of_it_gets_on()
    {
        var head = SyntheticPair.Head(512, 32);
        using var engine = new TorchHeadEngine(2);
        using var pair = engine.Prepare(head, null, SyntheticPair.Features(512, 32, 5, 5, PerturbationSpaceKind.Row));
        Task<OutcomeBits>? probing = null;

        // A probe takes less than a millisecond.
        await Task.Run(
            () => engine.AtRest(() =>
            {
                probing = Task.Run(() => pair.Probe(Key, 5e-4, 0, 1, CancellationToken.None));
                Assert.False(SpinWait.SpinUntil(() => probing.IsCompleted, 300));
            }),
            TestContext.Current.CancellationToken);

        Assert.Equal(1, (await probing!).Count);
    }

    [Fact]
    public void A_change_that_is_not_a_number_is_an_error_and_not_an_outcome()
    {
        var head = SyntheticPair.Head(512, 32);
        var features = SyntheticPair.Features(512, 32, 5, 5, PerturbationSpaceKind.Full, deviation: 1e30f);
        using var engine = new TorchHeadEngine(2);
        using var pair = engine.Prepare(head, null, features);

        Assert.Throws<ArithmeticException>(() => pair.Probe(Key, 1e30, 0, 4, CancellationToken.None));
    }

    [Fact]
    public void Features_of_another_model_are_refused_with_both_sizes_named()
    {
        using var engine = new TorchHeadEngine(1);
        var features = SyntheticPair.Features(512, 32, 5, 5, PerturbationSpaceKind.Row);

        var width = Assert.Throws<ModelException>(() => engine.Prepare(SyntheticPair.Head(512, 48), null, features));
        Assert.Contains("32 wide and the head is 48 wide", width.Message, StringComparison.Ordinal);
        var words = Assert.Throws<ModelException>(() => engine.Prepare(SyntheticPair.Head(64, 32), null, features));
        Assert.Contains("64 rows", words.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_compute_class_names_processor_precision_and_library()
    {
        using var engine = new TorchHeadEngine(1);
        Assert.Matches(@"^cpu-(amd|intel|x64|arm)-(avx512|avx2|sse2|neon)-fp32-libtorch\d+\.\d+\.\d+$", engine.ComputeClass);
    }
}
