using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.Aggregation;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>
/// Pauses: on request, or because of a fault that an operator can mend. What is in flight is finished and kept, then nothing is begun until the run
/// is resumed or stopped; the journal holds it, so that it outlives the supervisor.
/// </summary>
internal sealed partial class TrainingSupervisor
{
    private PendingResume? _resuming;

    private void ListenToPauses()
    {
        Command<PauseTraining>(OnPause);
        Command<ResumeTraining>(OnResume);
        Command<ProbingHeld>(_ => OnHeld());
    }

    private void OnPause(PauseTraining request)
    {
        var asker = Sender;
        var decision = RunRules.Pause(_run, request, _time.GetUtcNow());
        if (decision.Event is RunPaused paused)
            Pause(paused, () => asker.Tell(decision.Reply));
        else
            asker.Tell(decision.Reply);
    }

    private void Pause(RunPaused paused, Action then) => Happen(paused, () =>
    {
        RunLog.Log(paused.IsFault ? LogLevel.WarningLevel : LogLevel.InfoLevel, null, "Run {Run} is paused after {Committed} iterations: {Sentence}", Run.RunId, Run.Committed, paused.Sentence);
        _events.Add(EventKind.RunControlled, $"Run {Run.RunId} is paused after {Run.Committed} iterations: {paused.Sentence}");
        _aggregator.Tell(new HoldProbing(IsHeld: true));
        then();
        GoOn();
    });

    /// <summary>What can be mended at a disk need not cost the run.</summary>
    private void PauseForStorage(string sentence)
    {
        // The first cause is the one to tell.
        if (_isClosing || _run is not { IsActive: true } run || run.Pause is { IsFault: true })
            return;
        Pause(new RunPaused(Limits.Fit(sentence), IsFault: true, _time.GetUtcNow().ToUnixTimeMilliseconds()), () => { });
    }

    private void OnHeld()
    {
        if (IsAggregating && Run.Pause is not null)
            _progress.Phase = RunPhase.Paused;
    }

    // The folder is made good first: what could not be written while the run was paused, or before, is in the journal.
    private void OnResume(ResumeTraining request)
    {
        if (_resuming is not null)
        {
            RefuseForNow($"The run {Run.RunId} is being resumed for another request; ask again when its folder has been made good.");
            return;
        }
        var decision = RunRules.Resume(_run, request, _time.GetUtcNow());
        if (decision.Event is null)
        {
            Sender.Tell(decision.Reply);
            return;
        }
        _resuming = new PendingResume(request, Sender);
        _recorder.Tell(RunRecorder.Restore.Of(Run));
    }

    private void OnFolderRestored()
    {
        if (_resuming is not { } resuming)
            return;
        // It may have been stopped meanwhile.
        var decision = RunRules.Resume(_run, resuming.Request, _time.GetUtcNow());
        if (decision.Event is null)
        {
            EndResume(decision.Reply!);
            return;
        }
        Happen(decision.Event, () =>
        {
            RunLog.Info("Run {Run} is resumed after {Committed} iterations", Run.RunId, Run.Committed);
            _events.Add(EventKind.RunControlled, $"Run {Run.RunId} is resumed after {Run.Committed} iterations.");
            EndResume(decision.Reply!);
            if (!_aggregator.Equals(ActorRefs.Nobody))
            {
                _progress.Phase = _prepared is null ? RunPhase.Preparing : RunPhase.Probing;
                _aggregator.Tell(new HoldProbing(IsHeld: false));
            }
            GoOn();
        });
    }

    private void EndResume(IComPOMessage reply)
    {
        _resuming!.Asker.Tell(reply);
        _resuming = null;
    }

    /// <summary>A run whose folder is being made good, to go on then.</summary>
    private sealed record PendingResume(ResumeTraining Request, IActorRef Asker);
}
