using ComPO.Core.Aggregation;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;
using ComPO.Core.Updates;

namespace ComPO.Core.Replay;

/// <summary>
/// Walks a run again from its log: base head, features and outcome bits give every head the run had, bit for bit, without one
/// probe. What a line says of its update is checked on the way, and its head digest at its end.
/// </summary>
public sealed class RunReplay
{
    private readonly RunHeader _header;
    private readonly double? _finalLogitSoftCap;
    private readonly Func<Digest, PairFeatures> _features;
    private readonly IHeadEngine _engine;
    private readonly int _threads;
    private readonly string _log;
    private readonly UpdateRebuilder _rebuilder;

    /// <summary>Begins a replay.</summary>
    /// <param name="log">What to call the log in an error.</param>
    /// <param name="header">Its first line.</param>
    /// <param name="head">The base head; the replay moves it.</param>
    /// <param name="finalLogitSoftCap">c of c·tanh(x/c), or null.</param>
    /// <param name="features">Gives the stored features with a digest, or throws what the user is to be told.</param>
    /// <param name="engine">Computes the base logits that the exact estimator needs; the sampled one does not use it.</param>
    /// <param name="threads">How many threads share the work; the answer does not depend on it.</param>
    /// <exception cref="DigestMismatchException">The head is not the one the run began with.</exception>
    public RunReplay(
        string log, RunHeader header, HeadWeights head, double? finalLogitSoftCap, Func<Digest, PairFeatures> features, IHeadEngine engine, int threads)
    {
        (_log, _header, Head, _finalLogitSoftCap, _features, _engine, _threads) = (log, header, head, finalLogitSoftCap, features, engine, threads);
        HeadDigest = head.ComputeDigest();
        if (HeadDigest != header.BaseDigest)
            throw new DigestMismatchException(
                $"The head of the model has digest {HeadDigest}, and run {header.Run} began with {header.BaseDigest}; name the base model of that run.");
        _rebuilder = new UpdateRebuilder(head.Shape, header.Settings, threads);
    }

    /// <summary>The head as it is by now.</summary>
    public HeadWeights Head { get; }

    /// <summary>Its digest.</summary>
    public Digest HeadDigest { get; private set; }

    /// <summary>How many updates were applied by now.</summary>
    public int Accepted { get; private set; }

    /// <summary>
    /// Whether what lines say of the model's log-probabilities is held against the model too, which takes a product with the head or two an iteration. They
    /// are the same bits only where the engine computes as the run did.
    /// </summary>
    public bool ChecksLogProbabilities { get; init; }

    private RunSettings Settings => _header.Settings;

    /// <summary>Does one iteration again and checks its line.</summary>
    /// <param name="record">The line after the one before, as <see cref="RunLogReader"/> checked it.</param>
    /// <param name="cancellation">Gives up in the middle; the replay is of no use then.</param>
    /// <exception cref="RunLogException">The line says something else than its features and outcomes give.</exception>
    /// <exception cref="DigestMismatchException">The head after the iteration is not the one the line promises.</exception>
    public void Apply(IterationRecord record, CancellationToken cancellation = default)
    {
        var check = new RecordCheck(_log, record, ClassHint());
        var features = _features(record.FeatureDigest);
        if (features.HiddenSize != Head.Shape.HiddenSize)
            throw new RunLogException(
                $"{check.Where} names features {features.HiddenSize} wide, and the head is {Head.Shape.HiddenSize} wide: that line or line 1 was edited.");
        var space = PerturbationSpace.Of(features);
        check.Equal("k", record.K, space.Dimension);

        using var prepared = record.Outcomes is null || ChecksLogProbabilities ? _engine.Prepare(Head, _finalLogitSoftCap, features) : null;
        var theory = prepared is null ? null : ClosedForm.Of(
            features, space, _finalLogitSoftCap, prepared.BaseLogits.Span, Head.Shape.VocabularySize, Settings.RadiusFor(Head.Shape), _threads);
        if (ChecksLogProbabilities)
            check.SpeaksOf(prepared!.Before, theory!.PredictedProbability);
        var (improvedShare, rebuilt) = record.Outcomes is { } bits
            ? FromOutcomes(record, OutcomeBits.FromBase64(bits, record.Perturbations), space, theory, cancellation)
            : FromTheory(record, space, theory!, check, cancellation);
        check.Equal("gate", record.Gate, rebuilt is null ? GateVerdict.Refused : GateVerdict.Passed);
        if (rebuilt is null)
            check.SpeaksOfNoUpdate();
        else
            Take(rebuilt, StepRule.Scale(Settings.StepSize, improvedShare), record, check, ChecksLogProbabilities ? prepared : null, theory);
        if (HeadDigest != record.HeadDigest)
            throw new DigestMismatchException(
                $"After iteration {record.Iteration} the head has digest {HeadDigest}; {check.Where} expects {record.HeadDigest}.");
    }

    private (double ImprovedShare, RebuiltUpdate? Update) FromOutcomes(
        IterationRecord record, OutcomeBits outcomes, PerturbationSpace space, ClosedForm? theory, CancellationToken cancellation)
    {
        var improved = outcomes.CountImproved();
        var update = Gate.Passes(improved, record.Perturbations, Settings.Gate)
            ? _rebuilder.FromOutcomes(space, new NoiseKey(Settings.Seed, (uint)record.Iteration), outcomes, theory, cancellation)
            : null;
        return ((double)improved / record.Perturbations, update);
    }

    private (double ImprovedShare, RebuiltUpdate? Update) FromTheory(
        IterationRecord record, PerturbationSpace space, ClosedForm theory, RecordCheck check, CancellationToken cancellation)
    {
        check.Equal("predicted", record.Predicted, theory.PredictedProbability);
        var update = Gate.Passes(theory.PredictedProbability, Settings.Gate) ? _rebuilder.FromTheory(space, theory, cancellation) : null;
        return (theory.PredictedProbability, update);
    }

    private void Take(RebuiltUpdate rebuilt, double scale, IterationRecord record, RecordCheck check, IPreparedPair? prepared, ClosedForm? theory)
    {
        check.SpeaksOf(rebuilt, scale);
        if (prepared is not null)
            check.SpeaksOf(rebuilt, theory!.PredictedChange(rebuilt.Update, scale), prepared.Evaluate(rebuilt.Update, [.. LineSearch.Steps, scale]));
        if (record.Accepted != true)
            return;
        Head.Apply(rebuilt.Update, scale);
        HeadDigest = Head.ComputeDigest();
        Accepted++;
    }

    // Outcomes are integers, the same everywhere; logits are not.
    private string ClassHint() => Settings.Estimator == Estimator.Exact && _engine.ComputeClass != _header.ComputeClass
        ? $", or the reason is that the run computed with {_header.ComputeClass} and this machine does with {_engine.ComputeClass}"
        : "";
}
