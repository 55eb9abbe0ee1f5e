using ComPO.Core.Aggregation;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;
using ComPO.Core.Updates;
using ComPO.Torch.Heads;

namespace ComPO.Node.Bench;

/// <summary>What <c>bench iteration</c> and <c>bench tally</c> are asked.</summary>
internal sealed record IterationQuestion(
    HeadShape Shape, double? FinalLogitSoftCap, double Radius, int Chosen, int Rejected, int Perturbations, PerturbationSpaceKind Space, int Threads,
    HeadPrecision Precision);

/// <summary>
/// Where an iteration's seconds went. The estimate's rows are lifted thrice, never stored: for the two digits of the threshold, and
/// to be emitted, which is the part named lift.
/// </summary>
internal sealed record IterationParts(
    double Total, double Prepare, double Probe, double Tally, double Lift, double Threshold, double LineSearch, double Update);

/// <summary>What <c>bench iteration</c> answers; the names are those of <c>--json</c>.</summary>
internal sealed record IterationAnswer(IterationParts Seconds, int Perturbations, long PeakMemoryBytes, long BytesPerTrainer, int Entries);

/// <summary>One iteration on one trainer that owns all rows, step by step as a node does it; without messages.</summary>
internal static class IterationBench
{
    private const double Density = 0.0118;

    public static IterationAnswer Run(IterationQuestion question, CancellationToken cancellation)
    {
        var head = SyntheticPair.Head(question.Shape, question.Threads);
        var features = SyntheticPair.Features(question.Shape, question.Chosen, question.Rejected, question.Space);
        var key = new NoiseKey(1, 0);
        using var engine = new TorchHeadEngine(question.Threads, question.Precision);

        Core.Engines.IPreparedPair? pair = null;
        ClosedForm? theory = null;
        var space = PerturbationSpace.Of(features);
        var prepare = Stopwatches.Seconds(() =>
        {
            pair = engine.Prepare(head, question.FinalLogitSoftCap, features);
            theory = ClosedForm.Of(
                features, space, question.FinalLogitSoftCap, pair.BaseLogits.Span, question.Shape.VocabularySize, question.Radius, question.Threads);
        });
        using var prepared = pair!;
        var outcomes = new OutcomeBits(0);
        var probe = Stopwatches.Seconds(() => outcomes = prepared.Probe(key, question.Radius, 0, question.Perturbations, cancellation));
        var after = Aggregate(question, head.Shape, key, space, outcomes, theory);

        var scale = StepRule.Scale(0.035, (double)outcomes.CountImproved() / question.Perturbations);
        var lineSearch = Stopwatches.Seconds(() =>
        {
            prepared.Evaluate(after.Update, [.. LineSearch.Steps, scale]);
            theory!.PredictedChange(after.Update, scale);
        });
        var update = Stopwatches.Seconds(() => head.Apply(after.Update, scale));
        var parts = new IterationParts(
            prepare + probe + after.Tally + after.Lift + after.Threshold + lineSearch + update,
            prepare, probe, after.Tally, after.Lift, after.Threshold, lineSearch, update);
        var bytes = features.Encode().LongLength + outcomes.ToBytes().Length + after.Update.Encode().Length;
        return new IterationAnswer(parts, question.Perturbations, Stopwatches.PeakMemoryBytes(), bytes, after.Update.Count);
    }

    /// <summary>The part after the probes, from outcomes that a coin gave.</summary>
    public static IterationAnswer RunTally(IterationQuestion question)
    {
        var features = SyntheticPair.Features(question.Shape, question.Chosen, question.Rejected, question.Space);
        var outcomes = new OutcomeBits(question.Perturbations);
        for (var i = 0; i < question.Perturbations; i++)
            outcomes[i] = Philox4x32.Words((uint)i, 0, 0, 0, 1, 2).X0 % 4 == 0;
        var after = Aggregate(question, question.Shape, new NoiseKey(1, 0), PerturbationSpace.Of(features), outcomes, null);
        var parts = new IterationParts(after.Tally + after.Lift + after.Threshold, 0, 0, after.Tally, after.Lift, after.Threshold, 0, 0);
        return new IterationAnswer(parts, question.Perturbations, Stopwatches.PeakMemoryBytes(), outcomes.ToBytes().Length, after.Update.Count);
    }

    private static (double Tally, double Lift, double Threshold, SparseUpdate Update) Aggregate(
        IterationQuestion question, HeadShape shape, NoiseKey key, PerturbationSpace space, OutcomeBits outcomes, ClosedForm? theory)
    {
        var sums = new int[checked(shape.VocabularySize * space.Dimension)];
        UInt128 squares = 0;
        var tally = Stopwatches.Seconds(() =>
        {
            OutcomeTally.AddRows(key, outcomes, space.Dimension, 0, shape.VocabularySize, sums, question.Threads);
            squares = OutcomeTally.SumOfSquares(sums);
            theory?.LimitProduct(0, shape.VocabularySize, sums, question.Threads);
        });
        var estimate = new SampledEstimate(shape, space, 0, sums, squares);
        var cut = 0f;
        var threshold = Stopwatches.Seconds(() => cut = Sparsifier.DensityCut(estimate, Density, question.Threads));
        SparseUpdate? update = null;
        var lift = Stopwatches.Seconds(() => update = Sparsifier.Emit(estimate, cut, question.Threads));
        return (tally, lift, threshold, update!);
    }
}
