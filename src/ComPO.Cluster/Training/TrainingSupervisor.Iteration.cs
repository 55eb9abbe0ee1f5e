using Akka.Actor;
using ComPO.Cluster.Aggregation;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>One iteration: a pair, its update, its line in the log.</summary>
internal sealed partial class TrainingSupervisor
{
    private HeadShape _head;
    private PairSelected? _pair;
    private PairLogProbabilities _before;
    private double _predicted;
    private IterationSeconds _seconds = new();
    private PairsEvaluated? _baseline;
    private PairsEvaluated? _lastEvaluation;
    private int _lastEvaluated;
    private bool _featuresAreStored;
    private Action? _whenFeaturesAreStored;
    private Action? _whenLineIsAppended;

    private void Select()
    {
        _isCommitting = false;
        if (RunRules.IsDone(Run) || _stopIsWanted)
        {
            End(RunRules.IsDone(Run) ? RunPhase.Completed : RunPhase.Stopped);
            return;
        }
        _progress.BeginIteration();
        _seconds = new IterationSeconds();
        (_featuresAreStored, _whenFeaturesAreStored) = (false, null);
        Await<INodeReply>(RunPhase.Selecting, [Leader], (_, request) => new SelectPair(request, Run.NextRow), OnSelected);
    }

    private void OnSelected(IReadOnlyList<INodeReply> replies)
    {
        switch (replies[0])
        {
            case PairSelected pair:
                Happen(new RowsSkipped(pair.Skipped));
                _pair = pair;
                _progress.PairIsSelected(pair.Row);
                _seconds.Select = _progress.Lap();
                // The log stores the features meanwhile; the line waits for them.
                _recorder.Tell(new RunRecorder.StoreFeatures(pair.FeatureDigest, [Leader.Address]));
                Prepare(pair);
                break;
            case NoPairLeft none:
                Happen(new RowsSkipped(none.Skipped));
                End(RunPhase.Exhausted);
                break;
        }
    }

    private void Prepare(PairSelected pair) => Await<PairPrepared>(
        RunPhase.Preparing,
        _participants,
        (_, request) => new PreparePair(request, Run.Committed, pair.FeatureDigest, [Leader.Address]),
        OnPrepared);

    private void OnPrepared(IReadOnlyList<PairPrepared> prepared)
    {
        _before = prepared[0].Before;
        _predicted = prepared[0].Predicted;
        for (var i = 1; i < prepared.Count; i++)
        {
            if (prepared[i].Before != _before)
            {
                Fail(
                    $"{_participants[i].Address} gives row {_pair!.Row} the log-probabilities {prepared[i].Before.Chosen:R} and {prepared[i].Before.Rejected:R}, "
                    + $"{_participants[0].Address} {_before.Chosen:R} and {_before.Rejected:R}; a run needs trainers that compute alike.",
                    (int)ExitCode.RunFailed);
                return;
            }
        }
        _progress.PairIsPrepared(_predicted);
        _seconds.Prepare = _progress.Lap();
        Aggregate();
    }

    private void Aggregate()
    {
        var settings = Run.Settings;
        _progress.Phase = RunPhase.Probing;
        _aggregator = Context.ActorOf(GradientAggregator.PropsFor(
            new AggregationPlan
            {
                Iteration = Run.Committed,
                Perturbations = settings.Perturbations,
                IsExact = settings.Estimator == Estimator.Exact,
                Predicted = _predicted,
                Gate = settings.Gate,
                StepSize = settings.StepSize,
                Density = settings.Threshold is null ? settings.Density : null,
                Threshold = settings.Threshold,
                Head = _head,
                Trainers = _participants,
            },
            _settings,
            _time));
        Become(() =>
        {
            Receive<GateRefused>(OnGateRefused);
            Receive<UpdateReady>(OnUpdateReady);
            Receive<AggregationFailed>(failed => Fail(failed.Sentence, failed.ExitCode));
            Receive<RunRecorder.Recorded>(OnRecorded);
            Running();
        });
    }

    private void OnGateRefused(GateRefused refused)
    {
        _isCommitting = true;
        _seconds.Add(refused.Seconds);
        _progress.Lap();
        var head = Run.HeadDigest!.Value;
        Commit(evaluation => RunLogLines.Refused(Describe(evaluation), refused, head), IterationVerdict.GateRefused, _before, head);
    }

    private void OnUpdateReady(UpdateReady ready)
    {
        _isCommitting = true;
        _seconds.Add(ready.Seconds);
        _progress.Lap();
        if (ready.IsAccepted)
        {
            Await<UpdateApplied>(
                RunPhase.Updating,
                _participants,
                (_, request) => new ApplyUpdate(request, Run.Committed, [.. ready.Parts], ready.UpdateDigest, ready.Scale),
                applied => OnApplied(ready, applied));
            return;
        }
        var head = Run.HeadDigest!.Value;
        Commit(evaluation => RunLogLines.Updated(Describe(evaluation), ready, _before, head), IterationVerdict.NotAccepted, _before, head);
    }

    private void OnApplied(UpdateReady ready, IReadOnlyList<UpdateApplied> applied)
    {
        var head = applied[0].HeadDigest;
        for (var i = 1; i < applied.Count; i++)
        {
            if (applied[i].HeadDigest != head)
            {
                Fail(
                    $"After iteration {Run.Committed} the head of {_participants[i].Address} has digest {applied[i].HeadDigest}, that of "
                    + $"{_participants[0].Address} {head}; the replicas no longer agree.",
                    (int)ExitCode.DigestMismatch);
                return;
            }
        }
        _seconds.Update = _progress.Lap();
        Commit(evaluation => RunLogLines.Updated(Describe(evaluation), ready, ready.Check.After, head), IterationVerdict.Accepted, ready.Check.After, head);
    }

    /// <summary>Evaluates if it is time to, writes the line, and goes on with the next iteration.</summary>
    private void Commit(Func<PairsEvaluated?, string> line, IterationVerdict verdict, PairLogProbabilities after, Digest head)
    {
        var iteration = Run.Committed;
        EvaluateIf(RunRules.IsEvaluationDue(Run.Settings, iteration), evaluation =>
        {
            _seconds.Total = _progress.IterationElapsed.TotalSeconds;
            var text = line(evaluation);
            AppendLine(text, () =>
            {
                Happen(new IterationCommitted(iteration, _pair!.Row, verdict, head, after, text));
                (_lastEvaluation, _lastEvaluated) = evaluation is null ? (_lastEvaluation, _lastEvaluated) : (evaluation, Run.Committed);
                WriteCheckpointIf(RunRules.IsCheckpointDue(Run.Settings, Run.Committed), Select);
            });
        });
    }

    private void EvaluateIf(bool isDue, Action<PairsEvaluated?> then)
    {
        if (isDue)
            Await<PairsEvaluated>(RunPhase.Evaluating, [Leader], (_, request) => new EvaluatePairs(request), evaluated => then(evaluated[0]));
        else
            then(null);
    }

    private void WriteCheckpointIf(bool isDue, Action then)
    {
        if (!isDue)
        {
            then();
            return;
        }
        var folder = Path.Combine(Run.Output, "checkpoints", Run.Committed.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Await<ModelExported>(RunPhase.Exporting, [Leader], (_, request) => new ExportModel(request, folder), _ => then());
    }

    /// <summary>Appends a line to the log once the features it speaks of are stored, and goes on when it is on disk.</summary>
    private void AppendLine(string line, Action then)
    {
        Become(() =>
        {
            Receive<RunRecorder.Recorded>(OnRecorded);
            Running();
        });
        _whenLineIsAppended = then;
        if (_pair is null || _featuresAreStored)
            _recorder.Tell(new RunRecorder.AppendLine(line));
        else
            _whenFeaturesAreStored = () => _recorder.Tell(new RunRecorder.AppendLine(line));
    }

    private void OnRecorded(RunRecorder.Recorded recorded)
    {
        switch (recorded.Request)
        {
            case RunRecorder.StoreFeatures:
                _featuresAreStored = true;
                _whenFeaturesAreStored?.Invoke();
                break;
            case RunRecorder.AppendLine:
                _whenLineIsAppended?.Invoke();
                break;
        }
    }

    private IterationFacts Describe(PairsEvaluated? evaluation) =>
        new(Run.Committed, _pair!, _before, Run.Settings, _predicted, evaluation, _seconds);
}
