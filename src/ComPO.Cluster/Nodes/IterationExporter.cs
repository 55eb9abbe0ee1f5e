using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Replay;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// Writes heads of runs, one export after another, on a thread of its own. It opens the base model a second time, without its body, and brings that
/// head to where it is wanted: by a copy of the run's, if that is the one, else by a replay of the log. So a run that goes on meanwhile loses nothing
/// but the moment of the copy; the cost is the memory of one more head.
/// </summary>
internal sealed class IterationExporter : ReceiveActor
{
    private readonly IModelLoader _loader;
    private readonly PathRules _paths;
    private readonly BlobShelf _shelf;
    private readonly BlobSettings _blobs;
    private readonly IActorRef _worker;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<Job> _waiting = [];
    private Work? _work;
    private (string Export, IterationExported Reply)? _last;

    public IterationExporter(IModelLoader loader, PathRules paths, BlobShelf shelf, BlobSettings blobs, IActorRef worker)
    {
        (_loader, _paths, _shelf, _blobs, _worker) = (loader, paths, shelf, blobs, worker);
        Receive<Job>(job =>
        {
            // An export may take longer than the node remembers that it was asked for it.
            if (_waiting.Any(job.IsSame) || _work is { } work && job.IsSame(work.Job))
                return;
            _waiting.Enqueue(job);
            BeginNext();
        });
        Receive<ModelWorker.HeadLent>(lent => Do(work =>
        {
            if (lent.IsWanted)
                Write(work);
            else
                Need(work, work.Job.Request.LogDigest, bytes => BeginReplay(work, bytes));
        }));
        Receive<Step>(_ => Do(ReplayNext));
        Receive<BlobFetched>(fetched => Do(work =>
        {
            _shelf.CountReceived(fetched.Bytes.Length);
            work.Then(fetched.Bytes);
        }));
        Receive<BlobFetchFailed>(failed => Do(work => throw new RunFailedException(
            failed.Digest == work.Job.Request.LogDigest
                ? $"{failed.Sentence} They are the log up to iteration {work.Job.Request.Iteration}; ask again."
                : $"The features {failed.Digest} of iteration {work.Replayed} are held by no node, and the run folder has them no more: without them the "
                + "head of an earlier iteration cannot be rebuilt.")));
    }

    public static Props PropsFor(IModelLoader loader, PathRules paths, BlobShelf shelf, BlobSettings blobs, IActorRef worker) =>
        Props.Create(() => new IterationExporter(loader, paths, shelf, blobs, worker));

    protected override void PostStop() => _work?.Model?.Dispose();

    private void BeginNext()
    {
        if (_work is not null || !_waiting.TryDequeue(out var job))
            return;
        _work = new Work(job);
        Do(Begin);
    }

    private void Begin(Work work)
    {
        var request = work.Job.Request;
        // Another supervisor asks for what is there already.
        if (_last is { } last && last.Export == request.Export)
        {
            End(last.Reply with { Request = request.Request });
            return;
        }
        work.Folder = _paths.ResolveOutput(request.Output);
        if (File.Exists(work.Folder) || Directory.Exists(work.Folder) && Directory.EnumerateFileSystemEntries(work.Folder).Any())
            throw new StorageException($"{work.Folder} is there already and not empty; name another folder with --output.");
        var settings = RunSettings.FromJson(request.SettingsJson);
        work.Type = settings.HeadDtype;
        work.Model = _loader.Load(new ModelRequest(_paths.Resolve("--model", settings.Model), ReferenceFolder: null, WithBody: false));
        if (work.Model.Description is var model && model.BaseDigest != request.BaseDigest)
            throw new DigestMismatchException(
                $"The model {model.Folder} has a head with digest {model.BaseDigest}, the run began with {request.BaseDigest}: the folder has changed since.");
        if (request.HeadDigest == request.BaseDigest)
            Write(work);
        else
            _worker.Tell(new ModelWorker.LendHead(request.HeadDigest, work.Model.Head));
    }

    private void BeginReplay(Work work, byte[] log)
    {
        const string name = "the run's log";
        using var stream = new MemoryStream(log);
        var (header, records) = RunLogReader.Read(stream, name);
        var model = work.Model!;
        work.Records = records;
        work.Replay = new RunReplay(
            name, header, model.Head, model.Description.FinalLogitSoftCap, _ => work.Features!, model.Engines[0],
            Math.Max(1, _loader.Devices.Sum(device => device.Threads)));
        Self.Tell(Step.Instance);
    }

    private void ReplayNext(Work work)
    {
        if (work.Replayed == work.Records.Count)
        {
            Write(work);
            return;
        }
        var record = work.Records[work.Replayed];
        Need(work, record.FeatureDigest, bytes =>
        {
            work.Features = PairFeatures.Decode(bytes);
            work.Replay!.Apply(record);
            work.Replayed++;
            Self.Tell(Step.Instance);
        });
    }

    private void Need(Work work, Digest digest, Action<byte[]> then)
    {
        if (_shelf.TryGet(digest, out var bytes))
        {
            then(bytes);
            return;
        }
        work.Then = then;
        Context.ActorOf(BlobFetcher.PropsFor(digest, work.Job.Request.Holders, _blobs));
    }

    private void Write(Work work)
    {
        var (request, model) = (work.Job.Request, work.Model!);
        if (model.Head.ComputeDigest() is var digest && digest != request.HeadDigest)
            throw new DigestMismatchException($"The head after {request.Iteration} iterations has digest {digest} here; the log says {request.HeadDigest}.");
        var export = request.HeadOnly ? model.ExportHead(work.Folder, work.Type) : model.Export(work.Folder, work.Type);
        var path = request.HeadOnly ? Path.Combine(export.Folder, WrittenModel.HeadFileName) : export.Folder;
        var reply = new IterationExported(request.Request, path, export.SurvivingShare);
        _last = (request.Export, reply);
        End(reply);
    }

    private void Do(Action<Work> act)
    {
        if (_work is not { } work)
            return;
        try
        {
            act(work);
        }
        catch (ComPOException exception)
        {
            Fail(work, exception.Message, exception.ExitCode);
        }
        // The model's libraries throw what they like; whoever asked must hear of it, and the node live on.
        catch (Exception exception)
        {
            Fail(work, $"The export failed with {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}", ExitCode.RunFailed);
        }
    }

    private void Fail(Work work, string sentence, ExitCode exitCode)
    {
        _log.Warning("An export to {Folder} failed: {Sentence}", work.Job.Request.Output, sentence);
        End(new NodeFailed(work.Job.Request.Request, Limits.Fit(sentence), (int)exitCode));
    }

    private void End(INodeReply reply)
    {
        var work = _work!;
        _work = null;
        work.Model?.Dispose();
        Context.Parent.Tell(new Done(work.Job.Asker, reply));
        BeginNext();
    }

    /// <summary>An export to do.</summary>
    internal sealed record Job(ExportIteration Request, IActorRef Asker) : INoSerializationVerificationNeeded
    {
        /// <summary>Whether another is the same request, sent again.</summary>
        public bool IsSame(Job other) => Asker.Equals(other.Asker) && Request.Request == other.Request.Request;
    }

    /// <summary>An export is done, or cannot be.</summary>
    internal sealed record Done(IActorRef Asker, INodeReply Reply) : INoSerializationVerificationNeeded;

    /// <summary>Time for the next iteration of the replay.</summary>
    private sealed class Step : INoSerializationVerificationNeeded
    {
        public static readonly Step Instance = new();

        private Step()
        {
        }
    }

    /// <summary>The export under way.</summary>
    private sealed class Work(Job job)
    {
        public Job Job { get; } = job;

        public string Folder { get; set; } = "";

        public HeadExportType Type { get; set; }

        /// <summary>The base model, whose head is brought to where it is wanted.</summary>
        public INodeModel? Model { get; set; }

        public IReadOnlyList<IterationRecord> Records { get; set; } = [];

        public RunReplay? Replay { get; set; }

        /// <summary>How many iterations were done again.</summary>
        public int Replayed { get; set; }

        /// <summary>Those of the iteration that is done again.</summary>
        public PairFeatures? Features { get; set; }

        /// <summary>What follows once the bytes that are being fetched are here.</summary>
        public Action<byte[]> Then { get; set; } = _ => { };
    }
}
