using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>How a run ends.</summary>
internal sealed partial class TrainingSupervisor
{
    private void AbandonStep()
    {
        _round.Forget();
        _task = null;
        StopAggregator();
    }

    private void StopAggregator()
    {
        if (!_aggregator.Equals(ActorRefs.Nobody))
            Context.Stop(_aggregator);
        _aggregator = ActorRefs.Nobody;
    }

    private void Fail(string sentence, int exitCode)
    {
        // The first cause is the one to tell.
        if (_isClosing || _run is not { IsActive: true })
            return;
        RunLog.Error("Run {Run} failed: {Sentence}", Run.RunId, sentence);
        AbandonStep();
        End(new RunEnded(RunPhase.Failed, Limits.Fit(sentence), exitCode, ElapsedSeconds));
    }

    private void End(RunEnded ended)
    {
        _isClosing = true;
        if (Run.Model is null || ended.Outcome == RunPhase.Failed && Run.Committed == 0)
        {
            // A run that never began leaves nothing behind, and nothing is there any more when its console hears of its end.
            _recorder.Tell(new RunRecorder.Discard(ended));
        }
        else
        {
            StoreMissedFeatures();
            _recorder.Tell(new RunRecorder.WriteResult(RunLogLines.Result(Run, ended, _roster.Received), ended, RunRecorder.Restore.Of(Run)));
        }
    }

    private void Close(RunEnded ended) => Happen(ended, () =>
    {
        StopScout();
        _trace.End("abandoned");
        RunTelemetry.Ended(ended.Outcome);
        _events.Add(
            ended.Outcome == RunPhase.Failed ? EventKind.RunFailed : EventKind.RunEnded,
            ended.Failure is { } failure ? $"Run {Run.RunId} failed: {failure}" : $"Run {Run.RunId} is {ended.Outcome.ToString().ToLowerInvariant()} after {Run.Committed} iterations.");
        LogOf(Run).Info("Run {Run} ended as {Outcome} after {Committed} iterations", Run.RunId, ended.Outcome, Run.Committed);
        _recorder.Tell(PoisonPill.Instance);
        _recorder = ActorRefs.Nobody;
        _missedFeatures.Clear();
        _misses.Clear();
        foreach (var member in _roster.All)
        {
            Context.Stop(member.Guide);
            member.Guide = ActorRefs.Nobody;
            if (member.Trainer.Node.State is TrainerState.Ready or TrainerState.CatchingUp)
                member.Become(TrainerState.Idle);
            Clear(member);
        }
        SaveSnapshot();
        _isClosing = false;
    });

    /// <summary>Has a trainer let go of what a run that is over has left with it.</summary>
    private static void Clear(TrainerRoster.Member member)
    {
        // Nobody waits for these: a trainer does them before it loads another model.
        member.Trainer.Agent.Tell(new StopProbing(NodeRound.NoOne));
        member.Trainer.Agent.Tell(new ReleaseModel(NodeRound.NoOne));
    }
}
