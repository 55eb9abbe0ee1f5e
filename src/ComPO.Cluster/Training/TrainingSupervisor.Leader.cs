using ComPO.Cluster.Aggregation;
using ComPO.Cluster.Trainers;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>What one trainer does for all: it selects, evaluates, keeps heads and exports.</summary>
internal sealed partial class TrainingSupervisor
{
    /// <summary>Has the leader do something; when it goes before it has, another does.</summary>
    private void Lead(RunPhase phase, Func<long, INodeRequest> request, Action<INodeReply> then)
    {
        _progress.Phase = phase;
        _task = new LeaderTask(phase, request, then);
        RepeatTask();
    }

    private void RepeatTask()
    {
        if (_task is not { } task)
            return;
        if (_roster.Leader() is not { } leader)
        {
            // It is asked when a trainer is ready; what the last one may still answer is of no use.
            _round.Forget();
            (_task, _progress.Phase) = (null, RunPhase.Waiting);
            return;
        }
        _task = task with { Leader = leader };
        _progress.Phase = task.Phase;
        _round.Ask([leader], (_, number) => task.Request(number), Self);
    }

    private void OnReply(INodeReply reply)
    {
        if (_planning is not null)
        {
            OnPlanned(reply);
            return;
        }
        switch (_round.Take(reply))
        {
            case RoundState.Complete:
                var task = _task!;
                _task = null;
                task.Then(_round.Replies<INodeReply>()[0]);
                break;
            case RoundState.Failed:
                _task = null;
                var (trainer, failed) = _round.Failure!.Value;
                OnLeaderFailed(TrainerFaulted.By(trainer, failed));
                break;
        }
    }

    private void OnLeaderFailed(TrainerFaulted faulted)
    {
        switch ((ExitCode)faulted.ExitCode)
        {
            case ExitCode.Storage:
                PauseForStorage(faulted.Sentence);
                break;
            // A data file or an option that is wrong is so for all.
            case ExitCode.BadInput or ExitCode.Usage:
                Fail(faulted.Sentence, faulted.ExitCode);
                break;
            default:
                OnFault(faulted);
                GoOn();
                break;
        }
    }

    /// <summary>What one trainer does for the run.</summary>
    private sealed record LeaderTask(RunPhase Phase, Func<long, INodeRequest> Request, Action<INodeReply> Then)
    {
        public Trainer Leader { get; init; } = null!;
    }
}
