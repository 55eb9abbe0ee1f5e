using Akka.Actor;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>The runs that have been, and the logs of all.</summary>
internal sealed partial class TrainingSupervisor
{
    private readonly IActorRef _pastLogs = Context.ActorOf(PastLogs.PropsFor(), PastLogs.Name);
    private PastRuns _history = PastRuns.Empty;

    private void ListenToHistorians()
    {
        Command<GetRuns>(_ => Sender.Tell(new RunList(_run is null
            ? []
            : [.. _history.Runs, PastRuns.Of(Run, Status().Phase, Status().ElapsedSeconds)])));
        Command<GetLog>(OnGetLog);
    }

    private void OnGetLog(GetLog request)
    {
        if (_run is not null && (request.RunId ?? _run.RunId) == _run.RunId)
        {
            Sender.Tell(new LogPage(_run.RunId, _run.LinesAfter(request.AfterIteration).Lines, _run.Committed, !_run.IsActive));
        }
        else if (request.RunId is { } id && _history.Find(id) is { } past)
        {
            _pastLogs.Forward(new PastLogs.ReadLog(past, request.AfterIteration));
        }
        else
        {
            Sender.Tell(new RequestRefused(
                RefusalReason.NoSuchRun, $"There is no run {request.RunId ?? "yet"}; 'runs' lists those that are remembered.", (int)ExitCode.Refused));
        }
    }
}
