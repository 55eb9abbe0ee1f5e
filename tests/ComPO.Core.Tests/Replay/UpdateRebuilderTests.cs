using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Replay;
using ComPO.Core.Runs;
using ComPO.Core.Spaces;

namespace ComPO.Core.Tests.Replay;

public sealed class UpdateRebuilderTests
{
    [Theory]
    [InlineData(0.05, null)]
    [InlineData(null, 0.02)]
    public void A_head_done_in_ranges_gives_the_update_of_the_whole(double? density, double? threshold)
    {
        var pair = SyntheticPair.Of(8, 150, 40, 6, 5);
        var space = PerturbationSpace.Of(pair.Features(PerturbationSpaceKind.Row));
        var settings = new RunSettings { Model = "m", Data = "d", Density = density, Threshold = threshold };
        var outcomes = new OutcomeBits(100);
        for (var i = 0; i < 100; i += 3)
            outcomes[i] = true;
        RebuiltUpdate Rebuild(int entriesAtOnce) => new UpdateRebuilder(pair.Shape, settings, 2, entriesAtOnce)
            .FromOutcomes(space, new NoiseKey(1, 2), outcomes, null, TestContext.Current.CancellationToken);

        var whole = Rebuild(150 * 40);
        foreach (var entriesAtOnce in new[] { 1, 7 * 40, 64 * 40 })
        {
            var seen = Rebuild(entriesAtOnce);
            Assert.Equal((whole.Norm, whole.Threshold, whole.Update.ComputeDigest()), (seen.Norm, seen.Threshold, seen.Update.ComputeDigest()));
        }
    }
}
