using Akka.Actor;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Selecting;
using ComPO.Core.Selection;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>
/// An iteration takes the next pair. By the reference rule trainers look for pairs all the time, a scout tells which; by the rule that asks the current
/// model an update may change what is noisy, and the leader looks when the run comes to it.
/// </summary>
internal sealed partial class TrainingSupervisor
{
    private IActorRef _scout = ActorRefs.Nobody;
    private int _begun = -1;
    // The iteration whose pair the scout could not find.
    private int _beyond = -1;

    private void ListenToScout()
    {
        Command<PairIsFound>(found => OnSelected(found.Iteration, () =>
            TakePair(new PairTaken(found.Iteration, found.Row, found.FeatureDigest, found.Dimension, found.Rows.Skipped, found.Rows.SkippedRows))));
        Command<NoPairIsLeft>(none => OnSelected(none.Iteration, () => Exhaust(new DataExhausted(none.Rows.Skipped, none.Rows.SkippedRows))));
        Command<SearchIsBeyond>(beyond => OnSelected(beyond.Iteration, () =>
        {
            _beyond = beyond.Iteration;
            GoOn();
        }));
    }

    private void Select()
    {
        if (_begun != Run.Committed)
        {
            _begun = Run.Committed;
            _progress.BeginIteration();
            _trace.Begin(Run.RunId, Run.Committed);
            _seconds = new IterationSeconds();
        }
        if (!IsScouted(Run) || _beyond == Run.Committed)
        {
            SelectAlone();
            return;
        }
        // The scout answers when it has been told of a trainer that can look.
        _progress.Phase = _roster.Leader() is null ? RunPhase.Waiting : RunPhase.Selecting;
    }

    private void SelectAlone() => Lead(RunPhase.Selecting, request => new SelectPair(request, Run.NextRow), reply =>
    {
        if (reply is PairSelected pair)
        {
            _seconds.Select = _progress.Lap();
            TakePair(new PairTaken(
                Run.Committed, pair.Row, pair.FeatureDigest, pair.Dimension, pair.Skipped, SkippedRowList.Beyond(Run.SkippedRows, pair.SkippedRows)));
        }
        else
        {
            var none = (NoPairLeft)reply;
            Exhaust(new DataExhausted(none.Skipped, SkippedRowList.Beyond(Run.SkippedRows, none.SkippedRows)));
        }
    });

    private void TakePair(PairTaken taken) => Happen(taken, () => GoOnListing(taken.SkippedRows));

    private void Exhaust(DataExhausted exhausted) => Happen(exhausted, () => GoOnListing(exhausted.SkippedRows));

    private void GoOnListing(SkippedRow[]? skippedRows)
    {
        if (skippedRows is { Length: > 0 })
            _recorder.Tell(RunRecorder.AppendLine.ToSkipped(skippedRows));
        GoOn();
    }

    // What comes after the run has been stopped or paused, or has its pair, is of no use.
    private void OnSelected(int iteration, Action then)
    {
        if (_run is not { IsActive: true } run || _isClosing || _task is not null || iteration != run.Committed || NextStepOf(run) != NextStep.Select)
            return;
        // A pair that was found ahead may be taken while all trainers still catch up.
        _progress.Phase = RunPhase.Selecting;
        _seconds.Select = _progress.Lap();
        then();
    }

    private NextStep NextStepOf(RunState run) => RunRules.Next(run, _settings.UpdatesBetweenHeads);

    private bool IsScouted(RunState run) => _settings.SelectAhead && run.Settings.PairRule == PairRule.Reference;

    /// <summary>Tells the scout how the run stands, whenever that or the trainers have changed.</summary>
    private void TellScout()
    {
        if (_run is not { IsActive: true, Model: not null } run || _isClosing || !IsScouted(run))
            return;
        if (_scout.Equals(ActorRefs.Nobody))
            _scout = Context.ActorOf(PairScout.PropsFor(_settings.ResendInterval));
        _scout.Tell(new SearchStands(run, NextStepOf(run), _roster.Leader(), [.. _roster.All.Select(member => member.Trainer)]));
    }

    private void StopScout()
    {
        if (!_scout.Equals(ActorRefs.Nobody))
            Context.Stop(_scout);
        (_scout, _begun, _beyond) = (ActorRefs.Nobody, -1, -1);
    }
}
