using Akka.Actor;
using ComPO.Cluster.Runs;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>Exports on request, one at a time, of a run that goes on, waits or is over. They are no part of a run, so its journal knows nothing of them.</summary>
internal sealed partial class TrainingSupervisor
{
    private PendingExport? _export;

    private void ListenToExports()
    {
        Command<ExportRun>(OnExport);
        Command<ExportClerk.Ended>(ended =>
        {
            if (_export?.Export == ended.Export)
                _export = _export with { Answer = ended.Answer, IsOver = true };
        });
    }

    private void OnExport(ExportRun request)
    {
        if (_export?.Export == request.Export)
        {
            Sender.Tell(_export.Answer);
            return;
        }
        if (_export is { IsOver: false })
        {
            Sender.Tell(new RequestRefused(RefusalReason.RunActive, "Another export is being written; ask again when it is done.", (int)ExitCode.Refused));
            return;
        }
        var (order, refusal) = ExportRules.Decide(_run, _history, request);
        if (order is null)
        {
            Sender.Tell(refusal);
            return;
        }
        // Whoever has a body has the whole model folder.
        var trainers = _roster.All.Select(member => member.Trainer)
            .Where(trainer => trainer.Node.State != TrainerState.Quarantined)
            .OrderByDescending(trainer => trainer.Node.HasBody == true)
            .ToList();
        var clerk = Context.ActorOf(ExportClerk.PropsFor(request, order, trainers, [.. Holders.Union(trainers.Select(trainer => trainer.Address)).Take(Limits.Nodes)], _shelf, _settings.ResendInterval));
        _export = new PendingExport(request.Export, clerk, new ExportProgress(request.Export, Model: null), IsOver: false);
        Sender.Tell(_export.Answer);
    }

    /// <summary>The last export: what to answer whoever asks about it.</summary>
    private sealed record PendingExport(string Export, IActorRef Clerk, IComPOMessage Answer, bool IsOver);
}
