using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;
using ComPO.Core.Updates;
using ComPO.Torch.Heads;

namespace ComPO.Node.Bench;

/// <summary>What <c>bench iteration</c> is asked.</summary>
internal sealed record IterationQuestion(
    HeadShape Shape, double? FinalLogitSoftCap, double Radius, int Chosen, int Rejected, int Perturbations, PerturbationSpaceKind Space, int Threads,
    HeadPrecision Precision);

/// <summary>
/// Where an iteration's seconds went. The estimate's rows are lifted thrice, never stored: for the two digits of the threshold, and
/// to be emitted, which is the part named lift; update is all of <see cref="UpdateTaking"/>.
/// </summary>
internal sealed record IterationParts(
    double Total, double Prepare, double Probe, double Tally, double Lift, double Threshold, double LineSearch, double Update);

/// <summary>What <c>bench iteration</c> answers; the names are those of <c>--json</c>.</summary>
internal sealed record IterationAnswer(IterationParts Seconds, int Perturbations, long PeakMemoryBytes, long BytesPerTrainer);

/// <summary>What text shows besides: the probes of the iteration beside their bare parts, measured after it in one process.</summary>
/// <param name="SecondsPerPerturbation">Of the probe phase.</param>
/// <param name="GemmSeconds">The bare product of a perturbation, in the probe's type.</param>
/// <param name="NoiseSeconds">Its bare noise.</param>
/// <param name="ExpSeconds">Its bare exponentials.</param>
internal sealed record IterationRates(double SecondsPerPerturbation, double GemmSeconds, double NoiseSeconds, double ExpSeconds);

/// <summary>One iteration on one trainer that owns all rows, step by step as a node does it; without messages.</summary>
internal static class IterationBench
{
    // As a device pulls them where the configuration says nothing else.
    private const int Block = 16;

    public static IterationAnswer Run(IterationQuestion question, CancellationToken cancellation)
    {
        var head = SyntheticPair.Head(question.Shape, question.Threads);
        var key = new NoiseKey(1, 0);
        using var engine = new TorchHeadEngine(question.Threads, question.Precision);

        PairFeatures? made = null;
        PerturbationSpace? spanned = null;
        Core.Engines.IPreparedPair? pair = null;
        ClosedForm? theory = null;
        byte[] travels = [];
        var prepare = Measurement.Seconds(() =>
        {
            // Whoever has found the pair makes and codes them; every trainer reads them.
            travels = SyntheticPair.Features(question.Shape, question.Chosen, question.Rejected, question.Space).Encode();
            var features = made = PairFeatures.Decode(travels);
            var space = spanned = PerturbationSpace.Of(features);
            // A trainer says with the prepared pair which head it holds.
            head.ComputeDigest();
            pair = engine.Prepare(head, question.FinalLogitSoftCap, features);
            theory = ClosedForm.Of(
                features, space, question.FinalLogitSoftCap, pair.BaseLogits.Span, question.Shape.VocabularySize, question.Radius, question.Threads);
        });
        using var prepared = pair!;
        var outcomes = new OutcomeBits(question.Perturbations);
        var probe = Measurement.Seconds(() =>
        {
            for (var first = 0; first < outcomes.Count; first += Block)
                outcomes.Write(first, prepared.Probe(key, question.Radius, first, Math.Min(Block, outcomes.Count - first), cancellation));
        });
        var after = Aggregation.Run(head.Shape, key, spanned!, outcomes, theory, question.Threads);

        var scale = StepRule.Scale(0.035, (double)outcomes.CountImproved() / question.Perturbations);
        var lineSearch = Measurement.Seconds(() =>
        {
            prepared.Evaluate(after.Update, [.. LineSearch.Steps, scale]);
            theory!.PredictedChange(after.Update, scale);
        });
        var updateBytes = 0;
        var update = Measurement.Seconds(() => updateBytes = UpdateTaking.Run(head, after.Update, scale));
        var parts = new IterationParts(
            prepare + probe + after.Tally + after.Lift + after.Threshold + lineSearch + update,
            prepare, probe, after.Tally, after.Lift, after.Threshold, lineSearch, update);
        var bytes = travels.LongLength + outcomes.ToBytes().Length + updateBytes;
        return new IterationAnswer(parts, question.Perturbations, Measurement.PeakMemoryBytes(), bytes);
    }

    /// <summary>Measures the bare parts of an iteration's probes.</summary>
    public static IterationRates Rates(IterationQuestion question, IterationAnswer answer)
    {
        const int repetitions = 3;
        var features = SyntheticPair.Features(question.Shape, question.Chosen, question.Rejected, question.Space);
        var bare = new BareKernels(features.DistinctRows, features.BasisSize, question.Shape.VocabularySize, question.Precision, question.Threads);
        return new IterationRates(
            answer.Seconds.Probe / answer.Perturbations, bare.ProductSeconds(repetitions), bare.NoiseSeconds(repetitions), bare.ExponentialSeconds(repetitions));
    }
}
