using Akka.Actor;
using Akka.Event;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>How a run ends, and how it looks from outside.</summary>
internal sealed partial class TrainingSupervisor
{
    private void OnStop(StopTraining request)
    {
        var decision = RunRules.Stop(_run, request);
        Sender.Tell(decision.Reply);
        if (decision.Reply is not TrainingStopping || _isEnding)
            return;
        if (_isCommitting)
        {
            _stopIsWanted = true;
            return;
        }
        _log.Info("Run {Run} is being stopped after {Committed} iterations", Run.RunId, Run.Committed);
        AbandonIteration();
        if (Run.BaseDigest is null)
        {
            // The model is still being loaded: there is nothing to keep.
            Discard(new RunEnded(RunPhase.Stopped, null, (int)ExitCode.Done, _progress.Elapsed));
            return;
        }
        Await<ProbingStopped>(
            _progress.Phase, _participants, (_, number) => new StopProbing(number), _ => End(RunPhase.Stopped));
    }

    // What the heads have taken must get into the log: a stop in the middle of a commit waits for its end.
    private bool _isCommitting;
    private bool _stopIsWanted;
    private bool _isEnding;
    private bool _isClosing;

    /// <summary>Scores the held-out pairs if the last line has not, exports the model and writes the result.</summary>
    private void End(RunPhase outcome)
    {
        _isEnding = true;
        var isDue = Run.Settings.EvalData is not null && Run.Committed > 0 && _lastEvaluated != Run.Committed;
        EvaluateIf(isDue, evaluation =>
        {
            _lastEvaluation = evaluation ?? _lastEvaluation;
            Await<ModelExported>(
                RunPhase.Exporting,
                [Leader],
                (_, request) => new ExportModel(request, Path.Combine(Run.Output, "model")),
                exported =>
                {
                    Happen(new ModelWritten(exported[0].Folder, exported[0].SurvivingShare));
                    WriteResult(new RunEnded(outcome, null, (int)ExitCode.Done, _progress.Elapsed));
                });
        });
    }

    private void Fail(string sentence, int exitCode)
    {
        // The first cause is the one to tell.
        if (_isClosing)
            return;
        _log.Error("Run {Run} failed: {Sentence}", Run.RunId, sentence);
        _isEnding = true;
        AbandonIteration();
        var ended = new RunEnded(RunPhase.Failed, sentence[..Math.Min(sentence.Length, Limits.Sentence)], exitCode, _progress.Elapsed);
        if (Run.Committed == 0)
            Discard(ended);
        else
            WriteResult(ended);
    }

    private void AbandonIteration()
    {
        _round.Forget();
        (_whenFeaturesAreStored, _whenLineIsAppended) = (null, null);
        if (!_aggregator.Equals(ActorRefs.Nobody))
            Context.Stop(_aggregator);
        _aggregator = ActorRefs.Nobody;
    }

    private void Discard(RunEnded ended)
    {
        _isClosing = true;
        _recorder.Tell(RunRecorder.Discard.Instance);
        Close(ended);
    }

    private void WriteResult(RunEnded ended)
    {
        _isClosing = true;
        Become(() =>
        {
            Receive<RunRecorder.Recorded>(recorded => recorded.Request is RunRecorder.WriteResult, _ => Close(ended));
            // The run is over either way; that its result cannot be written is a failure if nothing else was.
            Receive<RunRecorder.RecordingFailed>(failed => Close(
                ended.Outcome == RunPhase.Failed ? ended : ended with { Outcome = RunPhase.Failed, Failure = failed.Sentence, ExitCode = failed.ExitCode }));
            Running();
        });
        _recorder.Tell(new RunRecorder.WriteResult(RunLogLines.Result(Run.Apply(ended), _baseline, _lastEvaluation)));
    }

    private void Close(RunEnded ended)
    {
        Happen(ended);
        _log.Info("Run {Run} ended as {Outcome} after {Committed} iterations", Run.RunId, ended.Outcome, Run.Committed);
        _progress.Phase = ended.Outcome;
        // Nobody waits for these: a trainer does them before it loads another model.
        var none = 0L;
        foreach (var trainer in _participants)
        {
            trainer.Agent.Tell(new StopProbing(none), Self);
            trainer.Agent.Tell(new ReleaseModel(none), Self);
        }
        _recorder.Tell(PoisonPill.Instance);
        (_recorder, _participants, _pair, _baseline, _lastEvaluation, _lastEvaluated) = (ActorRefs.Nobody, [], null, null, null, 0);
        (_isCommitting, _stopIsWanted, _isEnding, _isClosing) = (false, false, false, false);
        BecomeIdle();
    }

    private TrainingStatus Status() => RunStatus.Of(_run, _progress, [.. _trainers.Values.Select(trainer => trainer.Node)]);
}
