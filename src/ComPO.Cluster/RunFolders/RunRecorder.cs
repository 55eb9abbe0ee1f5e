using Akka.Actor;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Runs;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.RunFolders;

/// <summary>
/// Keeps one run's folder by a <see cref="RunFolderWriter"/>, on a dispatcher where waiting for disks is welcome; a child of the supervisor. What it
/// answers is on disk; what it offers on the node's shelf others may fetch from the folder. After a failover it makes the folder again from the journal.
/// </summary>
internal sealed class RunRecorder : ReceiveActor
{
    private readonly RunFolderWriter _folder;
    private readonly BlobShelf _shelf;
    private readonly BlobSettings _blobs;
    private readonly HashSet<Digest> _fetching = [];
    private WriteResult? _result;
    private bool _isBehind;

    public RunRecorder(string folder, BlobShelf shelf, BlobSettings blobs)
    {
        (_folder, _shelf, _blobs) = (new RunFolderWriter(folder), shelf, blobs);
        Receive<Open>(open => Do(_folder.Open, open));
        Receive<Restore>(restore => Do(() => RestoreFolder(restore), restore));
        Receive<AppendLine>(append =>
        {
            // A gap in a log is worse than its end; what is missing is made good with the whole.
            if (!_isBehind)
                Do(() => _folder.Append(append.File, append.Line));
        });
        Receive<StoreFeatures>(OnStoreFeatures);
        Receive<BlobFetched>(fetched =>
        {
            _fetching.Remove(fetched.Digest);
            _shelf.CountReceived(fetched.Bytes.Length);
            Do(() => Store(fetched.Digest, fetched.Bytes));
            WriteResultWhenComplete();
        });
        Receive<BlobFetchFailed>(failed =>
        {
            _fetching.Remove(failed.Digest);
            Context.Parent.Tell(new FeaturesMissed(failed.Digest));
            WriteResultWhenComplete();
        });
        Receive<WriteResult>(write =>
        {
            _result = write;
            WriteResultWhenComplete();
        });
        Receive<Discard>(discard => Do(_folder.Discard, discard));
    }

    public static Props PropsFor(string folder, BlobShelf shelf, BlobSettings blobs) =>
        Props.Create(() => new RunRecorder(folder, shelf, blobs)).WithDispatcher(ComPOSettings.BlockingDispatcher);

    protected override void PostStop() => _folder.Dispose();

    private void Do(Action write, object? request = null)
    {
        try
        {
            write();
            if (request is not null)
                Context.Parent.Tell(new Recorded(request));
        }
        catch (StorageException exception)
        {
            Context.Parent.Tell(new RecordingFailed(request, exception.Message, (int)exception.ExitCode));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            _isBehind = true;
            var remedy = request is Open ? "choose another with --output, or free some space" : "free some space, then resume the run";
            Context.Parent.Tell(new RecordingFailed(request, $"The run folder {_folder.Folder} cannot be written ({exception.Message}); {remedy}.", (int)ExitCode.Storage));
        }
    }

    private void OnStoreFeatures(StoreFeatures store)
    {
        // A run that ends asks for what it misses once more, then no more: holders that are silent would put its end off for as long as they are.
        if (_isBehind || _result is not null)
            return;
        if (File.Exists(_folder.FeaturesPath(store.Digest)))
            Offer(store.Digest);
        else if (_shelf.TryGet(store.Digest, out var bytes))
            Do(() => Store(store.Digest, bytes));
        else if (_fetching.Add(store.Digest))
            Context.ActorOf(BlobFetcher.PropsFor(store.Digest, store.Holders, _blobs));
    }

    private void Store(Digest digest, byte[] bytes)
    {
        _folder.StoreFeatures(digest, bytes);
        Offer(digest);
    }

    private void Offer(Digest digest) => _shelf.Offer(digest, _folder.FeaturesPath(digest));

    // A log is complete with the features that it speaks of.
    private void WriteResultWhenComplete()
    {
        if (_result is not { } result || _fetching.Count > 0)
            return;
        _result = null;
        // What a full disk kept from the folder, or another supervisor that believed to lead has done to it, is made good with the whole.
        Do(
            () =>
            {
                RestoreFolder(result.Whole);
                _folder.WriteResult(result.Json);
            },
            result);
    }

    private void RestoreFolder(Restore restore)
    {
        var held = _folder.Restore(restore.Log, restore.Evaluations, restore.Skipped);
        foreach (var digest in held)
            Offer(digest);
        _isBehind = false;
        foreach (var digest in restore.Features.Except(held))
            Context.Parent.Tell(new FeaturesMissed(digest));
    }

    /// <summary>Makes the folder and an empty log.</summary>
    internal sealed class Open : INoSerializationVerificationNeeded
    {
        public static readonly Open Instance = new();

        private Open()
        {
        }
    }

    /// <summary>Takes the folder of a run that never began back, if nothing has been written.</summary>
    internal sealed record Discard(RunEnded Ended) : INoSerializationVerificationNeeded;

    /// <summary>Makes the folder again as the journal has it; features that it lacks are told of by <see cref="FeaturesMissed"/>.</summary>
    /// <param name="Log">The lines of the log.</param>
    /// <param name="Evaluations">The lines of the evaluations.</param>
    /// <param name="Skipped">The lines of the rows that were left out.</param>
    /// <param name="Features">The features that the log speaks of, or will.</param>
    internal sealed record Restore(IReadOnlyList<string> Log, IReadOnlyList<string> Evaluations, IReadOnlyList<string> Skipped, IReadOnlyList<Digest> Features)
        : INoSerializationVerificationNeeded
    {
        /// <summary>What a run's folder holds.</summary>
        public static Restore Of(RunState run) => new(
            run.Model is null ? [] : [run.Model.HeaderLine, .. run.Commits.Select(committed => committed.Line)],
            [.. run.Evaluations.Select(RunLogLines.Scored)],
            [.. run.SkippedRows.Select(RunLogLines.SkippedRows)],
            [.. FeaturesOf(run).Distinct()]);

        // Those of the iteration under way are stored before it is in the log.
        private static IEnumerable<Digest> FeaturesOf(RunState run)
        {
            foreach (var committed in run.Commits)
                yield return IterationRecord.FromJson(committed.Line, $"iteration {committed.Iteration}").FeatureDigest;
            if (run.Pair is { } pair)
                yield return pair.FeatureDigest;
        }
    }

    /// <summary>Adds a line to a file; not answered.</summary>
    internal sealed record AppendLine(string File, string Line) : INoSerializationVerificationNeeded
    {
        /// <summary>To the log.</summary>
        public static AppendLine ToLog(string line) => new(RunFiles.Log, line);

        /// <summary>To the evaluations.</summary>
        public static AppendLine ToEvaluations(string line) => new(RunFiles.Evaluations, line);

        /// <summary>To the rows that were left out, a line each.</summary>
        public static AppendLine ToSkipped(IEnumerable<SkippedRow> rows) => new(RunFiles.Skipped, string.Join('\n', rows.Select(RunLogLines.SkippedRows)));
    }

    /// <summary>Fetches a pair's features and stores them; answered only when that is in vain, by <see cref="FeaturesMissed"/>.</summary>
    internal sealed record StoreFeatures(Digest Digest, IReadOnlyList<string> Holders) : INoSerializationVerificationNeeded;

    /// <summary>None of the holders gave the features.</summary>
    internal sealed record FeaturesMissed(Digest Digest) : INoSerializationVerificationNeeded;

    /// <summary>Makes the folder as the journal has it and writes how the run ended, after everything else.</summary>
    internal sealed record WriteResult(string Json, RunEnded Ended, Restore Whole) : INoSerializationVerificationNeeded;

    /// <summary>What was asked for is on disk.</summary>
    internal sealed record Recorded(object Request) : INoSerializationVerificationNeeded;

    /// <summary>It could not be written.</summary>
    /// <param name="Request">What was asked for; null for what is not answered otherwise.</param>
    /// <param name="Sentence">Why, and what to do about it.</param>
    /// <param name="ExitCode">The exit code of a command that ends with this.</param>
    internal sealed record RecordingFailed(object? Request, string Sentence, int ExitCode) : INoSerializationVerificationNeeded;
}
