using System.Text;
using Akka.Actor;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Core.Telemetry;

namespace ComPO.Cluster.Training;

/// <summary>
/// Writes one run's folder, on a dispatcher where waiting for disks is welcome; a child of the supervisor. What it answers is on disk; what it
/// offers on the node's shelf others may fetch from the folder. After a failover it makes the folder again from the journal.
/// </summary>
internal sealed class RunRecorder : ReceiveActor
{
    private readonly string _folder;
    private readonly BlobShelf _shelf;
    private readonly BlobSettings _blobs;
    private readonly HashSet<Digest> _fetching = [];
    private FileStream? _log;
    private readonly List<string> _createdFolders = [];
    private readonly List<string> _createdFiles = [];
    private WriteResult? _result;
    private bool _isBehind;

    public RunRecorder(string folder, BlobShelf shelf, BlobSettings blobs)
    {
        (_folder, _shelf, _blobs) = (folder, shelf, blobs);
        Receive<Open>(open => Do(OpenFolder, open));
        Receive<Restore>(restore => Do(() => RestoreFolder(restore), restore));
        Receive<AppendLine>(append =>
        {
            // A gap in a log is worse than its end; what is missing is made good with the whole.
            if (!_isBehind)
                Do(() => Append(append));
        });
        Receive<StoreFeatures>(OnStoreFeatures);
        Receive<BlobFetched>(fetched =>
        {
            _fetching.Remove(fetched.Digest);
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
        Receive<Discard>(_ => DiscardFolder());
    }

    public static Props PropsFor(string folder, BlobShelf shelf, BlobSettings blobs) =>
        Props.Create(() => new RunRecorder(folder, shelf, blobs)).WithDispatcher(ComPOSettings.BlockingDispatcher);

    protected override void PostStop() => _log?.Dispose();

    private string FeaturesPath(Digest digest) => Path.Combine(_folder, RunFiles.Features, RunFiles.FeaturesOf(digest));

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
            Context.Parent.Tell(new RecordingFailed(request, $"The run folder {_folder} cannot be written ({exception.Message}); {remedy}.", (int)ExitCode.Storage));
        }
    }

    private void OnStoreFeatures(StoreFeatures store)
    {
        if (_isBehind)
            return;
        if (File.Exists(FeaturesPath(store.Digest)))
            _shelf.Offer(store.Digest, FeaturesPath(store.Digest));
        else if (_shelf.TryGet(store.Digest, out var bytes))
            Do(() => Store(store.Digest, bytes));
        else if (_fetching.Add(store.Digest))
            Context.ActorOf(BlobFetcher.PropsFor(store.Digest, store.Holders, _blobs));
    }

    private void Store(Digest digest, byte[] bytes)
    {
        WriteWhole(FeaturesPath(digest), bytes);
        _shelf.Offer(digest, FeaturesPath(digest));
    }

    // A log is complete with the features that it speaks of.
    private void WriteResultWhenComplete()
    {
        if (_result is not { } result || _fetching.Count > 0)
            return;
        _result = null;
        Do(() => WriteWhole(Path.Combine(_folder, RunFiles.Result), Encoding.UTF8.GetBytes(result.Json + "\n")), result);
    }

    private void RestoreFolder(Restore restore)
    {
        var features = Path.Combine(_folder, RunFiles.Features);
        CreateFolder(features);
        // The run made these before the failover, so they are its to take back.
        _createdFolders.AddRange(((string[])[_folder, features]).Except(_createdFolders));
        foreach (var path in Directory.EnumerateFiles(features, "*.safetensors"))
        {
            // Somebody may have put a copy beside them.
            if (!Digest.TryParse(Path.GetFileNameWithoutExtension(path), out var digest))
                continue;
            _createdFiles.Add(path);
            _shelf.Offer(digest, path);
        }
        _log?.Dispose();
        _log = null;
        WriteLines(RunFiles.Log, restore.Log);
        if (restore.Evaluations.Count > 0 || File.Exists(Path.Combine(_folder, RunFiles.Evaluations)))
            WriteLines(RunFiles.Evaluations, restore.Evaluations);
        _log = new FileStream(Path.Combine(_folder, RunFiles.Log), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _isBehind = false;
        foreach (var digest in restore.Features.Where(digest => !File.Exists(FeaturesPath(digest))))
            Context.Parent.Tell(new FeaturesMissed(digest));
    }

    // The journal is right; what the folder has beyond it was never decided.
    private void WriteLines(string name, IReadOnlyList<string> lines) =>
        WriteWhole(Path.Combine(_folder, name), Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    private void OpenFolder()
    {
        var log = Path.Combine(_folder, RunFiles.Log);
        if (File.Exists(log))
            throw new StorageException($"The run folder {_folder} already holds a run; choose another with --output, or move it away.");
        if (Path.Exists(Path.Combine(_folder, RunFiles.Model)))
            throw new StorageException($"The run folder {_folder} already holds a model; choose another with --output, or move it away.");
        CreateFolder(Path.Combine(_folder, RunFiles.Features));
        // Made anew or not at all, so that two supervisors never share a log.
        _log = new FileStream(log, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _createdFiles.Add(log);
    }

    // One after the other from the top, so that it is known which to take back.
    private void CreateFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        if (Path.GetDirectoryName(folder) is { } parent)
            CreateFolder(parent);
        Directory.CreateDirectory(folder);
        _createdFolders.Add(folder);
    }

    private void Append(AppendLine append)
    {
        var bytes = Encoding.UTF8.GetBytes(append.Line + "\n");
        if (append.File == RunFiles.Log)
        {
            Write(_log!, bytes);
            MeasureDisk();
            return;
        }
        var path = Path.Combine(_folder, append.File);
        if (!File.Exists(path))
            _createdFiles.Add(path);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        Write(file, bytes);
    }

    // One write, so that a crash leaves whole lines but perhaps for the last, and flushed to the disk before it counts. A full disk takes part of a
    // line, which is taken back.
    private static void Write(FileStream file, byte[] line)
    {
        var length = file.Length;
        try
        {
            file.Write(line);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            file.SetLength(length);
            throw;
        }
    }

    private void MeasureDisk()
    {
        if (!Instruments.DiskFree.Enabled)
            return;
        var drive = new DriveInfo(_folder);
        Instruments.DiskFree.Record(drive.AvailableFreeSpace);
        Instruments.DiskSize.Record(drive.TotalSize);
    }

    private void WriteWhole(string path, byte[] bytes)
    {
        var temporary = path + ".part";
        _createdFiles.AddRange(path, temporary);
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (IOException)
        {
            File.Delete(temporary);
            throw;
        }
    }

    // A run that never committed anything leaves nothing behind: the header alone is no more than the settings.
    private void DiscardFolder()
    {
        _log?.Dispose();
        _log = null;
        try
        {
            foreach (var file in _createdFiles)
                File.Delete(file);
            foreach (var folder in Enumerable.Reverse(_createdFolders))
                Directory.Delete(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Something else has been put there meanwhile; it is not this run's to remove.
        }
    }

    /// <summary>Makes the folder and an empty log.</summary>
    internal sealed class Open : INoSerializationVerificationNeeded
    {
        public static readonly Open Instance = new();

        private Open()
        {
        }
    }

    /// <summary>Takes the folder back if nothing has been written; not answered.</summary>
    internal sealed class Discard : INoSerializationVerificationNeeded
    {
        public static readonly Discard Instance = new();

        private Discard()
        {
        }
    }

    /// <summary>Makes the folder again as the journal has it; features that it lacks are told of by <see cref="FeaturesMissed"/>.</summary>
    /// <param name="Log">The lines of the log.</param>
    /// <param name="Evaluations">The lines of the evaluations.</param>
    /// <param name="Features">The features that the log speaks of, or will.</param>
    internal sealed record Restore(IReadOnlyList<string> Log, IReadOnlyList<string> Evaluations, IReadOnlyList<Digest> Features) : INoSerializationVerificationNeeded
    {
        /// <summary>What a run's folder holds.</summary>
        public static Restore Of(RunState run) => new(
            run.Model is null ? [] : [run.Model.HeaderLine, .. run.Commits.Select(committed => committed.Line)],
            [.. run.Evaluations.Select(RunLogLines.Scored)],
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
    }

    /// <summary>Fetches a pair's features and stores them; answered only when that is in vain, by <see cref="FeaturesMissed"/>.</summary>
    internal sealed record StoreFeatures(Digest Digest, IReadOnlyList<string> Holders) : INoSerializationVerificationNeeded;

    /// <summary>None of the holders gave the features.</summary>
    internal sealed record FeaturesMissed(Digest Digest) : INoSerializationVerificationNeeded;

    /// <summary>Writes how the run ended, after everything else.</summary>
    internal sealed record WriteResult(string Json, RunEnded Ended) : INoSerializationVerificationNeeded;

    /// <summary>What was asked for is on disk.</summary>
    internal sealed record Recorded(object Request) : INoSerializationVerificationNeeded;

    /// <summary>It could not be written.</summary>
    /// <param name="Request">What was asked for; null for what is not answered otherwise.</param>
    /// <param name="Sentence">Why, and what to do about it.</param>
    /// <param name="ExitCode">The exit code of a command that ends with this.</param>
    internal sealed record RecordingFailed(object? Request, string Sentence, int ExitCode) : INoSerializationVerificationNeeded;
}
