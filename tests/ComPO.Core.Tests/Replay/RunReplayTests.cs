using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;

namespace ComPO.Core.Tests.Replay;

public sealed class RunReplayTests
{
    private static readonly RecordedRun Sampled = RecordedRun.Of(Settings());

    public static TheoryData<Estimator, PerturbationSpaceKind, double?, double?> Kinds => new()
    {
        { Estimator.Sampled, PerturbationSpaceKind.Row, 0.05, null },
        { Estimator.Sampled, PerturbationSpaceKind.Row, 1, null },
        { Estimator.Sampled, PerturbationSpaceKind.Row, null, 0.02 },
        { Estimator.Sampled, PerturbationSpaceKind.Full, 0.05, null },
        { Estimator.Sampled, PerturbationSpaceKind.Full, null, 0.03 },
        { Estimator.Exact, PerturbationSpaceKind.Row, 0.05, null },
        { Estimator.Exact, PerturbationSpaceKind.Row, null, 0.02 },
        { Estimator.Exact, PerturbationSpaceKind.Full, 0.05, null },
        { Estimator.Exact, PerturbationSpaceKind.Full, null, 0.02 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    [Trait("Invariant", "3 A run is its log")]
    public void Every_kind_of_run_is_rebuilt_to_its_last_bit(Estimator estimator, PerturbationSpaceKind space, double? density, double? threshold)
    {
        var run = RecordedRun.Of(Settings() with { Estimator = estimator, Space = space, Density = density, Threshold = threshold });

        foreach (var threads in new[] { 1, 3 })
        {
            var replay = run.Replay(threads: threads);
            foreach (var record in run.Records)
            {
                replay.Apply(record, TestContext.Current.CancellationToken);
                Assert.Equal(record.HeadDigest, replay.Head.ComputeDigest());
            }
            Assert.Equal(run.Records.Count(record => record.Accepted == true), replay.Accepted);
            Assert.True(replay.Accepted > 0);
        }
    }

    [Fact]
    public void Iterations_that_changed_nothing_are_replayed_and_change_nothing()
    {
        var run = RecordedRun.Of(Settings() with { Gate = 0.9 });
        Assert.All(run.Records, record => Assert.Equal(GateVerdict.Refused, record.Gate));

        var replay = run.Replay();
        run.Records.ForEach(record => replay.Apply(record, TestContext.Current.CancellationToken));

        Assert.Equal((run.Header.BaseDigest, 0), (replay.HeadDigest, replay.Accepted));
    }

    [Fact]
    public void Nothing_is_probed_and_outcomes_need_no_logits_either()
    {
        var replay = Sampled.Replay(engine: new NoEngine());

        Sampled.Records.ForEach(record => replay.Apply(record, TestContext.Current.CancellationToken));

        Assert.Equal(Sampled.Records[^1].HeadDigest, replay.HeadDigest);
    }

    [Fact]
    public void Another_base_head_is_refused_with_both_digests()
    {
        var other = SyntheticPair.Of(2, 150, 40, 2, 2).Head;

        var refused = Assert.Throws<DigestMismatchException>(() => Sampled.Replay(other));

        Assert.Contains(other.ComputeDigest().ToString(), refused.Message, StringComparison.Ordinal);
        Assert.Contains(Sampled.Header.BaseDigest.ToString(), refused.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Func<IterationRecord, IterationRecord>> Edits => new()
    {
        { "k", record => record with { K = record.K + 1 } },
        { "gate", record => record with { Gate = GateVerdict.Refused } },
        { "norm", record => record with { Norm = Math.BitIncrement(record.Norm!.Value) } },
        { "norm", record => record with { Norm = null } },
        { "norm", record => record with { Outcomes = SwapOutcomes(record) } },
        { "threshold", record => record with { Threshold = MathF.BitDecrement((float)record.Threshold!.Value) } },
        { "nonzero", record => record with { Nonzero = record.Nonzero - 1 } },
        { "scale", record => record with { Scale = 0.5 } },
        { "accepted", record => record with { Accepted = false } },
        { "line search", record => record with { LineSearch = null } },
        { "line search", record => record with { LineSearch = [.. record.LineSearch!.Take(3)] } },
        { "lineSearch at step", record => record with { LineSearch = [.. record.LineSearch!.SkipLast(1), record.LineSearch![^1] with { Chosen = Math.BitIncrement(record.LineSearch[^1].Chosen) }] } },
        { "before", record => record with { Before = record.Before with { Chosen = Math.BitIncrement(record.Before.Chosen) } } },
        { "predicted", record => record with { Predicted = Math.BitDecrement(record.Predicted) } },
        { "alignment", record => record with { Alignment = Math.BitIncrement(record.Alignment!.Value) } },
        { "predictedChange", record => record with { PredictedChange = null } },
        { "after", record => record with { After = record.Before } },
    };

    [Theory]
    [MemberData(nameof(Edits))]
    [Trait("Invariant", "3 A run is its log")]
    public void An_edited_line_is_named_with_the_member_that_does_not_fit(string member, Func<IterationRecord, IterationRecord> edit)
    {
        var replay = Sampled.Replay();
        replay.Apply(Sampled.Records[0], TestContext.Current.CancellationToken);
        Assert.True(Sampled.Records[1].Accepted);

        var refused = Assert.Throws<RunLogException>(() => replay.Apply(edit(Sampled.Records[1]), TestContext.Current.CancellationToken));

        Assert.Contains("run.jsonl, line 3 ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(member, refused.Message, StringComparison.Ordinal);
        // What does not fit is not applied.
        Assert.Equal(Sampled.Records[0].HeadDigest, replay.Head.ComputeDigest());
    }

    [Fact]
    public void A_head_digest_that_differs_is_refused_with_iteration_expected_and_found()
    {
        var replay = Sampled.Replay();
        replay.Apply(Sampled.Records[0], TestContext.Current.CancellationToken);
        var promised = new Digest(42);

        var refused = Assert.Throws<DigestMismatchException>(
            () => replay.Apply(Sampled.Records[1] with { HeadDigest = promised }, TestContext.Current.CancellationToken));

        Assert.Contains("After iteration 1 ", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"has digest {Sampled.Records[1].HeadDigest}", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"expects {promised}", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("step")]
    [InlineData("density")]
    public void Edited_settings_show_in_the_first_line_they_were_used_for(string what)
    {
        var edited = Sampled.With(what switch
        {
            "seed" => Settings() with { Seed = 2 },
            "step" => Settings() with { StepSize = 2 },
            _ => Settings() with { Density = 0.06 },
        });

        var refused = Assert.Throws<RunLogException>(() => edited.Replay().Apply(edited.Records[0], TestContext.Current.CancellationToken));

        Assert.Contains("line 2 ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("line 1 was edited", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_prediction_of_the_exact_estimator_may_come_from_another_kind_of_machine()
    {
        var run = RecordedRun.Of(Settings() with { Estimator = Estimator.Exact });
        var replay = run.Replay(engine: new OtherClass());

        var refused = Assert.Throws<RunLogException>(
            () => replay.Apply(run.Records[0] with { Predicted = 0.3 }, TestContext.Current.CancellationToken));

        Assert.Contains("predicted is 0.3", refused.Message, StringComparison.Ordinal);
        Assert.Contains("computed with reference-float64 and this machine does with other", refused.Message, StringComparison.Ordinal);
    }

    private static RunSettings Settings() => new()
    {
        Model = "model", Data = "data", Iterations = 4, Perturbations = 300, Radius = 0.01, Gate = 0.05, Density = 0.05, StepSize = 1,
    };

    // As many improve as before, but not the same ones.
    private static string SwapOutcomes(IterationRecord record)
    {
        var outcomes = OutcomeBits.FromBase64(record.Outcomes!, record.Perturbations);
        var improved = Enumerable.Range(0, outcomes.Count).First(i => outcomes[i]);
        var other = Enumerable.Range(0, outcomes.Count).First(i => !outcomes[i]);
        (outcomes[improved], outcomes[other]) = (false, true);
        return outcomes.ToBase64();
    }

    private sealed class NoEngine : IHeadEngine
    {
        public string ComputeClass => "none";

        public IPreparedPair Prepare(HeadWeights head, double? finalLogitSoftCap, PairFeatures features) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }

    private sealed class OtherClass : IHeadEngine
    {
        private readonly ReferenceHeadEngine _engine = new();

        public string ComputeClass => "other";

        public IPreparedPair Prepare(HeadWeights head, double? finalLogitSoftCap, PairFeatures features) => _engine.Prepare(head, finalLogitSoftCap, features);

        public void Dispose() => _engine.Dispose();
    }
}
