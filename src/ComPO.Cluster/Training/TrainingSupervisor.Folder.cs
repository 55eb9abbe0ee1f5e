using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>The run folder: made before a run is acknowledged, written by the <see cref="RunRecorder"/> while it goes on.</summary>
internal sealed partial class TrainingSupervisor
{
    // Each is one look a tick.
    private const int MissesToTell = 10;

    private readonly HashSet<Digest> _missedFeatures = [];
    private readonly Dictionary<Digest, int> _misses = [];
    private IActorRef _recorder = ActorRefs.Nobody;
    private PendingOpening? _opening;

    private void ListenToRecorder()
    {
        Command<RunRecorder.Recorded>(OnRecorded);
        Command<RunRecorder.FeaturesMissed>(OnFeaturesMissed);
        Command<RunRecorder.RecordingFailed>(OnRecordingFailed);
    }

    /// <summary>Makes the run folder; then the run is in the journal and acknowledged.</summary>
    private void OpenFolder(RunStarted started, IComPOMessage reply, IActorRef asker)
    {
        _recorder = Context.ActorOf(RunRecorder.PropsFor(started.Output, _shelf, _settings.Blobs));
        _opening = new PendingOpening(started, reply, asker);
        _recorder.Tell(RunRecorder.Open.Instance);
    }

    private void OnRecorded(RunRecorder.Recorded recorded)
    {
        if (recorded.Request is RunRecorder.Open && _opening is { } opening)
        {
            _opening = null;
            Happen(opening.Started, () =>
            {
                RunLog.Info("Run {Run} starts in {Output}", Run.RunId, Run.Output);
                _events.Add(EventKind.RunStarted, $"Run {Run.RunId} starts in {Run.Output}.");
                Instruments.RunsStarted.Add(1);
                _progress.BeginRun();
                _roster.BeginRun();
                (_lastParts, _isClosing) = ([], false);
                opening.Asker.Tell(opening.Reply);
                foreach (var member in _roster.All)
                {
                    // Another run, another model: what was refused then may do now.
                    if (member.Trainer.Node.State != TrainerState.Quarantined)
                        member.Become(TrainerState.Idle);
                    Guide(member);
                }
                GoOn();
            });
        }
        else if (recorded.Request is RunRecorder.Restore)
        {
            StoreMissedFeatures();
            OnFolderRestored();
        }
        else if (recorded.Request is RunRecorder.WriteResult written)
        {
            Close(written.Ended);
        }
        else if (recorded.Request is RunRecorder.Discard discarded)
        {
            Close(discarded.Ended);
        }
    }

    private void OnRecordingFailed(RunRecorder.RecordingFailed failed)
    {
        switch (failed.Request)
        {
            case RunRecorder.Open when _opening is { } opening:
                _opening = null;
                opening.Asker.Tell(new RequestRefused(RefusalReason.OutputFolder, failed.Sentence, failed.ExitCode));
                _recorder.Tell(PoisonPill.Instance);
                _recorder = ActorRefs.Nobody;
                break;
            case RunRecorder.Restore when _resuming is not null:
                EndResume(new RequestRefused(RefusalReason.OutputFolder, failed.Sentence, failed.ExitCode));
                break;
            case RunRecorder.WriteResult { Ended: { Outcome: RunPhase.Failed } ended }:
                // It has failed already; that this cannot be told there is no news.
                Close(ended);
                break;
            case RunRecorder.WriteResult:
                _isClosing = false;
                PauseForStorage(failed.Sentence);
                break;
            default:
                PauseForStorage(failed.Sentence);
                break;
        }
    }

    // A part that throws what nobody expected cannot be mended by waiting.
    private void OnChildFailed(IActorRef child, ComPOException cause)
    {
        if (child.Equals(_recorder))
            OnRecorderFailed(cause);
        else if (_export is { IsOver: false } export && export.Clerk.Equals(child))
            _export = export with { Answer = new RequestRefused(RefusalReason.BadInput, Limits.Fit(cause.Message), (int)cause.ExitCode), IsOver = true };
        else
            Fail(cause.Message, (int)cause.ExitCode);
    }

    // Nothing more is written: who waits for it is told, and the run ends as it stands in the folder.
    private void OnRecorderFailed(ComPOException cause)
    {
        if (_opening is not null)
        {
            OnRecordingFailed(new RunRecorder.RecordingFailed(RunRecorder.Open.Instance, cause.Message, (int)cause.ExitCode));
            return;
        }
        if (_resuming is not null)
            EndResume(new RequestRefused(RefusalReason.OutputFolder, Limits.Fit(cause.Message), (int)cause.ExitCode));
        if (_run is not { IsActive: true } run)
            return;
        RunLog.Error("Run {Run} failed: {Sentence}", run.RunId, cause.Message);
        AbandonStep();
        _isClosing = true;
        Close(new RunEnded(RunPhase.Failed, Limits.Fit(cause.Message), (int)cause.ExitCode, ElapsedSeconds));
    }

    // They are asked for again and again: whoever holds them may just be joining. That they are not to be had is told once.
    private void OnFeaturesMissed(RunRecorder.FeaturesMissed missed)
    {
        _missedFeatures.Add(missed.Digest);
        _misses[missed.Digest] = _misses.GetValueOrDefault(missed.Digest) + 1;
        if (_run is not { } run || _misses[missed.Digest] != MissesToTell)
            return;
        var sentence = $"No node holds the features {missed.Digest}, which the run folder {run.Output} lacks: as long as none does, replay and export of earlier iterations fail.";
        LogOf(run).Warning("{Sentence}", sentence);
        _events.Add(EventKind.FeaturesMissing, sentence);
    }

    private void StoreMissedFeatures()
    {
        foreach (var digest in _missedFeatures)
            _recorder.Tell(new RunRecorder.StoreFeatures(digest, Holders));
        _missedFeatures.Clear();
    }

    /// <summary>A run whose folder is being made.</summary>
    private sealed record PendingOpening(RunStarted Started, IComPOMessage Reply, IActorRef Asker);
}
