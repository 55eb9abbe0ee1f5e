using Akka.Actor;
using ComPO.Cluster.Aggregation;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>The steps of a run, one at a time; which one is next, <see cref="RunRules.Next"/> decides from what is in the journal.</summary>
internal sealed partial class TrainingSupervisor
{
    private readonly NodeRound _round = new();
    private readonly BlockDivision _blocks;
    private IActorRef _aggregator = ActorRefs.Nobody;
    private LeaderTask? _task;
    private PairIsPrepared? _prepared;
    // Outcomes that were in before the iteration was gone on with.
    private int _known;
    private IterationSeconds _seconds = new();
    private bool _isClosing;

    private void ListenToSteps()
    {
        Command<INodeReply>(OnReply);
        Command<PairIsPrepared>(OnPrepared);
        Command<OutcomesGathered>(OnOutcomes);
        Command<GateRefused>(OnGateRefused);
        Command<UpdateReady>(OnUpdateReady);
        Command<AggregationFailed>(failed => Fail(failed.Sentence, failed.ExitCode));
        Command<ChildFailed>(failed => OnChildFailed(failed.Child, failed.Cause));
    }

    /// <summary>Takes the next step, unless one is under way.</summary>
    private void GoOn()
    {
        TellScout();
        if (_run is not { IsActive: true } run || _isClosing || _task is not null || !_aggregator.Equals(ActorRefs.Nobody))
            return;
        switch (NextStepOf(run))
        {
            case NextStep.Nothing:
                _progress.Phase = RunPhase.Paused;
                break;
            case NextStep.OpenModel:
                _progress.Phase = RunPhase.Starting;
                break;
            case NextStep.Evaluate:
                Lead(RunPhase.Evaluating, request => new EvaluatePairs(request), reply => OnEvaluated((PairsEvaluated)reply));
                break;
            case NextStep.WriteCheckpoint:
                Lead(
                    RunPhase.Exporting,
                    request => new ExportModel(request, Path.Combine(run.Output, RunFiles.Checkpoints, $"{run.Committed}")),
                    _ => Happen(new CheckpointWritten(run.Committed)));
                break;
            case NextStep.KeepHead:
                KeepHead();
                break;
            case NextStep.Select:
                Select();
                break;
            case NextStep.Aggregate:
                Aggregate();
                break;
            case NextStep.Export:
                Lead(RunPhase.Exporting, request => new ExportModel(request, Path.Combine(run.Output, RunFiles.Model)), reply =>
                {
                    var exported = (ModelExported)reply;
                    Happen(new ModelWritten(exported.Folder, exported.SurvivingShare));
                });
                break;
            case NextStep.End:
                End(new RunEnded(RunRules.Outcome(run), null, (int)ExitCode.Done, ElapsedSeconds));
                break;
        }
    }

    private void Aggregate()
    {
        var pair = Run.Pair!;
        _progress.PairIsSelected(pair.Row);
        _progress.Phase = RunPhase.Preparing;
        (_prepared, _known) = (null, Run.Outcomes.Sum(block => block.Count));
        _aggregator = Context.ActorOf(GradientAggregator.PropsFor(
            new AggregationPlan
            {
                Iteration = Run.Committed,
                Row = pair.Row,
                FeatureDigest = pair.FeatureDigest,
                Head = Run.Model!.Head,
                HeadDigest = Run.HeadDigest!.Value,
                Settings = Run.Settings,
                BlockSizes = BlockSizes(),
                Known = Run.Outcomes,
            },
            _settings,
            _time));
        foreach (var member in _roster.Ready)
            _aggregator.Tell(new TrainerCame(member.Trainer, Holders));
        // The log stores the features meanwhile.
        _recorder.Tell(new RunRecorder.StoreFeatures(pair.FeatureDigest, Holders));
    }

    private int[] BlockSizes()
    {
        if (Run.Settings.Estimator == Estimator.Exact)
            return [];
        return _known == 0 ? _blocks.Divide(Run.Settings.Perturbations, DeviceCount) : _blocks.DivideAnew(Run.Settings.Perturbations);
    }

    // Those included that still catch up.
    private int DeviceCount => _roster.All.Sum(member => member.Trainer.Node.Devices.Length);

    // The leader's answer counts; another keeps it too, so that it outlives either.
    private void KeepHead()
    {
        Lead(RunPhase.Updating, request => new KeepHead(request), reply =>
        {
            var kept = (HeadKept)reply;
            Happen(new HeadRetained(Run.Committed, kept.HeadDigest, kept.Parts));
        });
        if (_roster.Ready.FirstOrDefault(member => member.Trainer != _task?.Leader) is { } second)
            second.Trainer.Agent.Tell(new KeepHead(NodeRound.NoOne));
    }

    private void OnPrepared(PairIsPrepared prepared)
    {
        if (!IsAggregating)
            return;
        _prepared = prepared;
        _progress.PairIsPrepared(prepared.Predicted);
        if (Run.Pause is null)
            _progress.Phase = RunPhase.Probing;
    }

    private void OnOutcomes(OutcomesGathered gathered)
    {
        if (!IsAggregating)
            return;
        var aggregator = Sender;
        // Nothing else waits for these, and they come often.
        var since = _time.GetTimestamp();
        PersistAsync(new OutcomesReported(Run.Committed, gathered.Blocks), reported =>
        {
            Instruments.PersistSeconds.Record(_time.GetElapsedTime(since).TotalSeconds);
            _run = RunState.Apply(_run, reported);
            aggregator.Tell(new OutcomesKept(gathered.Number));
            // Consoles are shown what outlasts this supervisor, and no more; a step that was abandoned meanwhile is not shown any more.
            if (!_aggregator.Equals(aggregator))
                return;
            _progress.BlocksAreDone(gathered.BlocksDone, gathered.PerturbationsDone, gathered.Improved);
            if (gathered.PerturbationsDone == Run.Settings.Perturbations)
                _progress.Phase = RunPhase.Aggregating;
        });
        _roster.HaveWorked(gathered.Work, Now);
    }

    private bool IsAggregating => _aggregator.Equals(Sender) && _run is { IsActive: true };

    private void OnGateRefused(GateRefused refused)
    {
        if (!IsAggregating)
            return;
        HaveTaken(refused.Seconds);
        var head = Run.HeadDigest!.Value;
        Commit(new IterationCommitted(
            Run.Committed, Run.Pair!.Row, IterationVerdict.GateRefused, null, head, _prepared!.Before, RunLogLines.Refused(Facts(), refused, head)), []);
    }

    private void OnUpdateReady(UpdateReady ready)
    {
        if (!IsAggregating)
            return;
        HaveTaken(ready.Seconds);
        var (before, head) = (_prepared!.Before, Run.HeadDigest!.Value);
        Commit(
            ready.IsAccepted
                ? new IterationCommitted(
                    Run.Committed, Run.Pair!.Row, IterationVerdict.Accepted, ready.UpdateDigest, ready.Check.HeadDigest!.Value, ready.Check.After,
                    RunLogLines.Updated(Facts(), ready, ready.Check.After, ready.Check.HeadDigest!.Value))
                : new IterationCommitted(
                    Run.Committed, Run.Pair!.Row, IterationVerdict.NotAccepted, null, head, before, RunLogLines.Updated(Facts(), ready, before, head)),
            ready.Parts);
    }

    private void HaveTaken(AggregationSeconds seconds)
    {
        _seconds.Add(seconds);
        _blocks.Learn(seconds.Probe, Run.Settings.Perturbations - _known, DeviceCount);
    }

    private IterationFacts Facts()
    {
        _seconds.Total = _progress.IterationElapsed.TotalSeconds;
        return new IterationFacts(Run.Pair!, _prepared!, Run.Settings, _seconds);
    }

    private void Commit(IterationCommitted committed, IReadOnlyList<UpdatePart> parts)
    {
        StopAggregator();
        Happen(committed, () =>
        {
            _lastParts = parts;
            _roster.ForgetStumbles();
            _trace.End(committed.Verdict.ToString());
            RunTelemetry.Committed(committed);
            _events.Add(committed, Run.Settings.Gate);
            _recorder.Tell(RunRecorder.AppendLine.ToLog(committed.Line));
            SaveSnapshotNowAndThen();
            if (committed.Verdict == IterationVerdict.Accepted)
            {
                _progress.Phase = RunPhase.Updating;
                foreach (var member in _roster.Ready.ToList())
                    member.Become(TrainerState.CatchingUp);
            }
            TellGuides();
            GoOn();
        });
    }

    private void OnEvaluated(PairsEvaluated evaluated)
    {
        var scored = new PairsScored(Run.Committed, evaluated.Pairs, evaluated.Chosen, evaluated.Rejected, evaluated.Accuracy);
        Happen(scored, () =>
        {
            _recorder.Tell(RunRecorder.AppendLine.ToEvaluations(RunLogLines.Scored(scored)));
            GoOn();
        });
    }
}
