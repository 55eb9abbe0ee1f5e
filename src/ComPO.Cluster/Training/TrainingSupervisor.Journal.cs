using Akka.Event;
using Akka.Persistence;
using ComPO.Cluster.Persistence;

namespace ComPO.Cluster.Training;

/// <summary>
/// The journal is cut off now and then: a snapshot holds the whole run, its log included, so that what is behind it can go. The last two stay, with
/// what has happened since the older one.
/// </summary>
internal sealed partial class TrainingSupervisor
{
    private const int LeastCommitsBetweenSnapshots = 5;

    private long? _lastSnapshot;
    private int _committedAtSnapshot;

    private void KeepJournalShort()
    {
        Recover<SnapshotOffer>(offer =>
        {
            var snapshot = (RunSnapshot)offer.Snapshot;
            (_run, _history, _lastSnapshot) = (snapshot.Restore(), snapshot.History(), offer.Metadata.SequenceNr);
            _committedAtSnapshot = _run?.Committed ?? 0;
        });
        Command<SaveSnapshotSuccess>(saved => ForgetBehind(saved.Metadata.SequenceNr));
        Command<SaveSnapshotFailure>(failure => CouldNotShorten(failure.Cause));
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteMessagesFailure>(failure => CouldNotShorten(failure.Cause));
        Command<DeleteSnapshotsSuccess>(_ => { });
        Command<DeleteSnapshotsFailure>(failure => CouldNotShorten(failure.Cause));
    }

    private void SaveSnapshot()
    {
        _committedAtSnapshot = Run.Committed;
        SaveSnapshot(RunSnapshot.Of(Run, _history));
    }

    // A snapshot holds all iterations: the more there are, the rarer it is, so that what is written does not grow with their square.
    private void SaveSnapshotNowAndThen()
    {
        if (Run.Committed - _committedAtSnapshot >= Math.Max(LeastCommitsBetweenSnapshots, Run.Committed / 10))
            SaveSnapshot();
    }

    private void ForgetBehind(long snapshot)
    {
        if (_lastSnapshot is { } before && before < snapshot)
        {
            DeleteMessages(before);
            DeleteSnapshots(new SnapshotSelectionCriteria(before - 1));
        }
        _lastSnapshot = snapshot;
    }

    private void CouldNotShorten(Exception cause) => RunLog.Warning("The journal could not be shortened: {Cause}", cause.Message);
}
