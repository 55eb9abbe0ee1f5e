using System.Text;
using Akka.Actor;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Core.Digests;
using ComPO.Core.Errors;

namespace ComPO.Cluster.Training;

/// <summary>
/// Writes one run's folder, on a dispatcher where waiting for disks is welcome; a child of the supervisor. Each request ends in one answer,
/// and what is answered is on disk.
/// </summary>
internal sealed class RunRecorder : ReceiveActor
{
    private const string LogName = "run.jsonl";

    private readonly string _folder;
    private readonly BlobSettings _blobs;
    private readonly List<string> _createdFolders = [];
    private readonly List<string> _createdFiles = [];
    private FileStream? _log;
    private int _lines;

    public RunRecorder(string folder, BlobSettings blobs)
    {
        (_folder, _blobs) = (folder, blobs);
        Receive<Open>(open => Answer(open, OpenFolder));
        Receive<AppendLine>(append => Answer(append, () => WriteLine(append.Line)));
        Receive<WriteResult>(write => Answer(write, () => WriteWhole("result.json", Encoding.UTF8.GetBytes(write.Json + "\n"))));
        Receive<Discard>(_ => DiscardFolder());
        Receive<StoreFeatures>(store =>
        {
            if (File.Exists(Path.Combine(_folder, FeaturesPath(store.Digest))))
                Context.Parent.Tell(new Recorded(store));
            else
                Context.ActorOf(BlobFetcher.PropsFor(store.Digest, store.Holders, _blobs));
        });
        Receive<BlobFetched>(fetched => Answer(new StoreFeatures(fetched.Digest, []), () => WriteWhole(FeaturesPath(fetched.Digest), fetched.Bytes)));
        Receive<BlobFetchFailed>(failed => Context.Parent.Tell(new RecordingFailed(failed.Sentence, (int)ExitCode.RunFailed)));
    }

    public static Props PropsFor(string folder, BlobSettings blobs) =>
        Props.Create(() => new RunRecorder(folder, blobs)).WithDispatcher(ComPOSettings.BlockingDispatcher);

    protected override void PostStop() => _log?.Dispose();

    private static string FeaturesPath(Digest digest) => Path.Combine("features", $"{digest}.safetensors");

    private void Answer(object request, Action write)
    {
        try
        {
            write();
            Context.Parent.Tell(new Recorded(request));
        }
        catch (StorageException exception)
        {
            Context.Parent.Tell(new RecordingFailed(exception.Message, (int)exception.ExitCode));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Context.Parent.Tell(new RecordingFailed(
                $"The run folder {_folder} cannot be written ({exception.Message}); choose another with --output, or free some space.", (int)ExitCode.Storage));
        }
    }

    private void OpenFolder()
    {
        var log = Path.Combine(_folder, LogName);
        if (File.Exists(log))
            throw new StorageException($"The run folder {_folder} already holds a run; choose another with --output, or move it away.");
        CreateFolder(Path.Combine(_folder, "features"));
        // Made anew or not at all, so that two supervisors never share a log.
        _log = new FileStream(log, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
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

    private void WriteLine(string line)
    {
        // One write, so that a crash leaves whole lines but perhaps for the last, and flushed to the disk before it counts.
        _log!.Write(Encoding.UTF8.GetBytes(line + "\n"));
        _log.Flush(flushToDisk: true);
        _lines++;
    }

    private void WriteWhole(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        var temporary = path + ".part";
        _createdFiles.AddRange(path, temporary);
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    // A run that never committed anything leaves nothing behind: the header alone is no more than the settings.
    private void DiscardFolder()
    {
        if (_lines > 1)
            return;
        _log?.Dispose();
        _log = null;
        try
        {
            foreach (var file in _createdFiles)
                File.Delete(file);
            foreach (var folder in Enumerable.Reverse(_createdFolders))
                Directory.Delete(folder);
        }
        catch (IOException)
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

    /// <summary>Adds a line to the log.</summary>
    internal sealed record AppendLine(string Line) : INoSerializationVerificationNeeded;

    /// <summary>Fetches a pair's features and stores them.</summary>
    internal sealed record StoreFeatures(Digest Digest, IReadOnlyList<string> Holders) : INoSerializationVerificationNeeded;

    /// <summary>Writes how the run ended.</summary>
    internal sealed record WriteResult(string Json) : INoSerializationVerificationNeeded;

    /// <summary>What was asked for is on disk.</summary>
    internal sealed record Recorded(object Request) : INoSerializationVerificationNeeded;

    /// <summary>It could not be written.</summary>
    internal sealed record RecordingFailed(string Sentence, int ExitCode) : INoSerializationVerificationNeeded;
}
