using Akka.Actor;
using ComPO.Cluster.Runs;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>What a run needs before it starts: a trainer, and then a folder. Requests that wait for one wait one at a time.</summary>
internal sealed partial class TrainingSupervisor
{
    private WaitingRequest? _waiting;

    private void ListenToStarts()
    {
        Command<StartTraining>(OnStart);
        Command<NoTrainerCame>(_ => OnNoTrainerCame());
    }

    private void OnStart(StartTraining request)
    {
        if (IsBusyWithRequest())
            return;
        var decision = RunRules.Start(_run, _history, request, _time.GetUtcNow());
        if (decision.Event is not RunStarted started)
        {
            Sender.Tell(decision.Reply);
            return;
        }
        try
        {
            _paths.ResolveOutput(started.Output);
        }
        catch (RequestRefusedException exception)
        {
            Sender.Tell(new RequestRefused(RefusalReason.OutputFolder, Limits.Fit(exception.Message), (int)exception.ExitCode));
            return;
        }
        var asker = Sender;
        WhenThereIsATrainer(asker, () => OpenFolder(started, decision.Reply!, asker));
    }

    // One request at a time waits for a trainer or a disk. Those that come meanwhile do not wait behind it: their askers would have given up by then, and
    // a run would start that nobody knows of.
    private bool IsBusyWithRequest()
    {
        var with = this switch
        {
            { _opening: { } opening } => $"makes the folder of run {opening.Started.RunId}",
            { _planning: { } plan } => $"has {plan.Planner.Address} look at what a run would do",
            { _waiting: not null } => "waits for a first trainer",
            _ => null,
        };
        if (with is not null)
            RefuseForNow($"The supervisor {with} for another request; ask again when it has.");
        return with is not null;
    }

    private void RefuseForNow(string sentence) => Sender.Tell(new RequestRefused(RefusalReason.NotReady, Limits.Fit(sentence), (int)ExitCode.Refused));

    /// <summary>Goes on once there is a trainer; a node that has just started may take a moment to register.</summary>
    private void WhenThereIsATrainer(IActorRef asker, Action then)
    {
        if (_roster.Usable.Any())
        {
            then();
            return;
        }
        _waiting = new WaitingRequest(asker, then);
        Timers.StartSingleTimer(NoTrainerCame.Instance, NoTrainerCame.Instance, _settings.TrainerWait);
    }

    private void ServeWaitingRequest()
    {
        if (_waiting is not { } waiting)
            return;
        Timers.Cancel(NoTrainerCame.Instance);
        _waiting = null;
        waiting.Then();
    }

    private void OnNoTrainerCame()
    {
        _waiting?.Asker.Tell(new RequestRefused(
            RefusalReason.NoTrainer,
            $"No trainer has joined within {_settings.TrainerWait.TotalSeconds:0} seconds; start a node with --role trainer that joins this cluster.",
            (int)ExitCode.Refused));
        _waiting = null;
    }

    /// <summary>A request that waits for a first trainer.</summary>
    private sealed record WaitingRequest(IActorRef Asker, Action Then);

    /// <summary>The wait for a first trainer is over.</summary>
    internal sealed class NoTrainerCame : INoSerializationVerificationNeeded
    {
        public static readonly NoTrainerCame Instance = new();

        private NoTrainerCame()
        {
        }
    }
}
