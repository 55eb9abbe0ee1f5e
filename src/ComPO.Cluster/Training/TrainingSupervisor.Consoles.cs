using System.Text;
using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>What consoles ask, and what they get to see. Each request ends in one reply.</summary>
internal sealed partial class TrainingSupervisor
{
    private readonly RunProgress _progress;

    private void ListenToConsoles()
    {
        Command<StopTraining>(OnStop);
        Command<GetStatus>(_ => Sender.Tell(Status()));
        Command<GetProgress>(OnGetProgress);
        Command<GetRunLogHead>(OnGetRunLogHead);
        Command<GetEvents>(request => Sender.Tell(_events.After(request.After, _address)));
    }

    private void OnStop(StopTraining request)
    {
        var asker = Sender;
        var decision = RunRules.Stop(_run, request);
        if (decision.Event is null)
        {
            asker.Tell(decision.Reply);
            if (decision.Reply is TrainingStopping)
                EndWithoutModel();
            return;
        }
        var isBehind = Run.Pause is { IsFault: true };
        Happen(decision.Event, () =>
        {
            if (isBehind)
                _recorder.Tell(RunRecorder.Restore.Of(Run));
            RunLog.Info("Run {Run} is being stopped after {Committed} iterations", Run.RunId, Run.Committed);
            _events.Add(EventKind.RunControlled, $"Run {Run.RunId} is being stopped after {Run.Committed} iterations.");
            asker.Tell(decision.Reply);
            AbandonStep();
            GoOn();
        });
    }

    /// <summary>A run that was to stop already, and waits in vain for a trainer that could score or write its model, ends as it is when it is told so again.</summary>
    private void EndWithoutModel()
    {
        if (_isClosing || _progress.Phase != RunPhase.Waiting || _roster.Leader() is not null)
            return;
        RunLog.Warning("Run {Run} ends without a model, since no trainer is there to write it; export can write it later", Run.RunId);
        AbandonStep();
        End(new RunEnded(RunPhase.Stopped, null, (int)ExitCode.Done, ElapsedSeconds));
    }

    private void OnGetProgress(GetProgress request)
    {
        if (_run is null || request.RunId is { } id && id != _run.RunId)
        {
            RefuseUnknownRun(request.RunId, "follow");
            return;
        }
        var (lines, hasMore) = _run.LinesAfter(request.AfterIteration);
        // One frame takes both.
        Sender.Tell(new TrainingProgress(lines, hasMore, Status(Limits.NodesBytes - lines.Sum(Encoding.UTF8.GetByteCount))));
    }

    private void OnGetRunLogHead(GetRunLogHead request)
    {
        if (_run is null || request.RunId is { } id && id != _run.RunId)
        {
            RefuseUnknownRun(request.RunId, "report on");
            return;
        }
        if (_run.Model is not { } model)
        {
            Sender.Tell(new RequestRefused(
                RefusalReason.NotReady, $"Run {_run.RunId} has not opened its model yet, so its log has no line; ask again.", (int)ExitCode.Refused));
            return;
        }
        var first = Math.Clamp(request.AfterEvaluation, 0, _run.Evaluations.Count);
        var lines = _run.Evaluations.Skip(first).Take(Limits.Evaluations).Select(RunLogLines.Scored).ToArray();
        Sender.Tell(new RunLogHead(model.HeaderLine, lines, first + lines.Length < _run.Evaluations.Count));
    }

    private void RefuseUnknownRun(string? runId, string purpose) =>
        Sender.Tell(new RequestRefused(RefusalReason.NoSuchRun, $"There is no run {runId ?? "yet"} to {purpose}.", (int)ExitCode.Refused));

    private TrainingStatus Status(int nodesBytes = Limits.NodesBytes) =>
        RunStatus.Of(_run, _progress, _roster, Now, _address, _events.Last, _time.GetUtcNow(), nodesBytes);
}
