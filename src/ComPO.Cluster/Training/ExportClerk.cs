using System.Text;
using Akka.Actor;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>
/// Sees to one export: offers the log and the stored features to trainers, and has one of them write the head. One that has not the base folder, or
/// goes, is followed by the next. A child of the supervisor, which it tells how the export ended, once.
/// </summary>
internal sealed class ExportClerk : ReceiveActor, IWithTimers
{
    private readonly ExportRun _request;
    private readonly ExportOrder _order;
    private readonly Queue<Trainer> _trainers;
    private readonly IReadOnlyList<string> _holders;
    private readonly BlobShelf _shelf;
    private readonly TimeSpan _resendInterval;
    private RunHeader _header = null!;
    private Digest _logDigest;
    private Digest _head;
    private (Trainer Trainer, ExportIteration Request)? _asked;
    private RequestRefused _refusal;
    private long _lastRequest;

    public ExportClerk(ExportRun request, ExportOrder order, IReadOnlyList<Trainer> trainers, IReadOnlyList<string> holders, BlobShelf shelf, TimeSpan resendInterval)
    {
        (_request, _order, _trainers, _holders, _shelf, _resendInterval) = (request, order, new Queue<Trainer>(trainers), holders, shelf, resendInterval);
        _refusal = new RequestRefused(
            RefusalReason.NoTrainer, "No trainer has joined that could write the model; start a node with --role trainer that joins this cluster.", (int)ExitCode.Refused);
        Receive<Begin>(_ => OnBegin());
        Receive<INodeReply>(reply => reply.Request == _asked?.Request.Request, OnReply);
        Receive<INodeReply>(_ => { });
        Receive<Terminated>(terminated => terminated.ActorRef.Equals(_asked?.Trainer.Agent), _ =>
        {
            _refusal = new RequestRefused(RefusalReason.NoTrainer, $"The trainer {_asked!.Value.Trainer.Address} left while it was writing; ask again.", (int)ExitCode.Refused);
            AskNext();
        });
        Receive<Resend>(_ => _asked?.Trainer.Agent.Tell(_asked.Value.Request));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(
        ExportRun request, ExportOrder order, IReadOnlyList<Trainer> trainers, IReadOnlyList<string> holders, BlobShelf shelf, TimeSpan resendInterval) =>
        Props.Create(() => new ExportClerk(request, order, trainers, holders, shelf, resendInterval)).WithDispatcher(ComPOSettings.BlockingDispatcher);

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Resend.Instance, Resend.Instance, _resendInterval);
        Self.Tell(Begin.Instance);
    }

    protected override void PostStop() => _shelf.Forget(_logDigest);

    private void OnBegin()
    {
        try
        {
            TakeLog();
        }
        catch (ComPOException exception)
        {
            End(new RequestRefused(RefusalReason.BadInput, Limits.Fit(exception.Message), (int)exception.ExitCode));
            return;
        }
        // An export is no part of the run: what it meets with, of disks above all, must not end the run.
        catch (Exception exception)
        {
            End(new RequestRefused(
                RefusalReason.OutputFolder,
                Limits.Fit($"The run folder {_order.Folder} cannot be read on the node that leads now ({exception.Message}); look for it on the node that led the run."),
                (int)ExitCode.Storage));
            return;
        }
        AskNext();
    }

    private void TakeLog()
    {
        var path = Path.Combine(_order.Folder, RunFiles.Log);
        var lines = _order.Lines ?? [.. File.ReadLines(path).Take(1 + _order.Iteration)];
        var log = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
        using var stream = new MemoryStream(log);
        (_header, var records) = RunLogReader.Read(stream, path);
        if (_header.Run != _order.RunId || records.Count != _order.Iteration)
            throw new RunLogException($"{path} is not the log of {_order.Iteration} iterations of run {_order.RunId} any more.");
        _head = records.Count > 0 ? records[^1].HeadDigest : _header.BaseDigest;
        _logDigest = Digest.Of(log);
        _shelf.Offer(_logDigest, log);
        foreach (var digest in records.Select(record => record.FeatureDigest))
        {
            var features = Path.Combine(_order.Folder, RunFiles.Features, RunFiles.FeaturesOf(digest));
            if (File.Exists(features))
                _shelf.Offer(digest, features);
        }
    }

    private void AskNext()
    {
        // What becomes of one that is not asked any more is no news.
        if (_asked is var (before, _))
            Context.Unwatch(before.Agent);
        _asked = null;
        if (!_trainers.TryDequeue(out var trainer))
        {
            End(_refusal);
            return;
        }
        _asked = (trainer, new ExportIteration(
            ++_lastRequest, _request.Export, _header.Settings.ToJson(), _order.Iteration, _header.BaseDigest, _head, _logDigest, [.. _holders], _request.Output,
            _request.HeadOnly));
        Context.Watch(trainer.Agent);
        trainer.Agent.Tell(_asked.Value.Request);
    }

    private void OnReply(INodeReply reply)
    {
        var trainer = _asked!.Value.Trainer;
        switch (reply)
        {
            case IterationExported exported:
                End(new ExportProgress(_request.Export, new ExportResult(
                    _order.RunId, _order.Iteration, _head, exported.Path, trainer.Address, _request.HeadOnly, exported.SurvivingShare)));
                break;
            case NodeFailed failed:
                _refusal = Refusal($"{trainer.Address}: {failed.Sentence}", (ExitCode)failed.ExitCode);
                // What one has not, has in another version, or leaves before it has done, the next may have or do.
                if ((ExitCode)failed.ExitCode is ExitCode.BadInput or ExitCode.DigestMismatch or ExitCode.Interrupted)
                    AskNext();
                else
                    End(_refusal);
                break;
        }
    }

    private static RequestRefused Refusal(string sentence, ExitCode exitCode) =>
        new(exitCode == ExitCode.Storage ? RefusalReason.OutputFolder : RefusalReason.BadInput, Limits.Fit(sentence), (int)exitCode);

    private void End(IComPOMessage answer)
    {
        Context.Parent.Tell(new Ended(_request.Export, answer));
        Context.Stop(Self);
    }

    /// <summary>The export is done, or cannot be.</summary>
    internal sealed record Ended(string Export, IComPOMessage Answer) : INoSerializationVerificationNeeded;

    /// <summary>Time to look at the folder.</summary>
    private sealed class Begin : INoSerializationVerificationNeeded
    {
        public static readonly Begin Instance = new();

        private Begin()
        {
        }
    }

    /// <summary>Time to repeat what was not answered.</summary>
    private sealed class Resend : INoSerializationVerificationNeeded
    {
        public static readonly Resend Instance = new();

        private Resend()
        {
        }
    }
}
