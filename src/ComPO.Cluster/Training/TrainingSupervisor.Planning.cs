using Akka.Actor;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>Dry runs: one trainer looks at what a run would do. There is none while a run is active.</summary>
internal sealed partial class TrainingSupervisor
{
    private PendingPlan? _planning;

    private void ListenToPlans()
    {
        Command<PlanTraining>(OnPlan);
        Command<PlanIsOverdue>(_ => OnPlanIsOverdue());
    }

    private void OnPlan(PlanTraining request)
    {
        if (IsBusyWithRequest())
            return;
        if (_run is { IsActive: true })
        {
            Sender.Tell(new RequestRefused(
                RefusalReason.RunActive, $"The run {Run.RunId} is active and the trainers are busy with it; ask again when it is over.", (int)ExitCode.Refused));
            return;
        }
        RunSettings settings;
        try
        {
            settings = RunSettings.FromJson(request.SettingsJson);
            settings.Validate();
        }
        catch (UsageException exception)
        {
            Sender.Tell(new RequestRefused(RefusalReason.InvalidSettings, exception.Message, (int)ExitCode.Usage));
            return;
        }
        var asker = Sender;
        WhenThereIsATrainer(asker, () => Plan(settings, asker));
    }

    private void Plan(RunSettings settings, IActorRef asker)
    {
        // One trainer looks: the others would find the same.
        var planner = _roster.Usable.First().Trainer;
        _planning = new PendingPlan(settings, planner, asker);
        Timers.StartSingleTimer(PlanIsOverdue.Instance, PlanIsOverdue.Instance, _settings.PlanTimeout);
        _round.Ask([planner], (_, number) => new PlanRun(number, settings.ToJson()), Self);
    }

    private void OnPlanned(INodeReply reply)
    {
        var plan = _planning!;
        switch (_round.Take(reply))
        {
            case RoundState.Complete:
                EndPlan(RunEstimate.Of(plan.Settings, _round.Replies<RunPlanned>()[0], _roster.Describe(Now)));
                break;
            case RoundState.Failed:
                var failed = _round.Failure!.Value.Reply;
                EndPlan(new RequestRefused(RefusalReason.BadInput, failed.Sentence, failed.ExitCode));
                break;
        }
    }

    // Whoever asked has given up by now, and the trainer is to be free for a run.
    private void OnPlanIsOverdue()
    {
        if (_planning is not { } plan)
            return;
        plan.Planner.Agent.Tell(new StopProbing(NodeRound.NoOne));
        EndPlan(new RequestRefused(
            RefusalReason.NotReady,
            $"The trainer {plan.Planner.Address} has not found out within {_settings.PlanTimeout.TotalSeconds:0} seconds what a run would do; "
            + "allow it longer with compo.admin.plan-timeout, or ask again.",
            (int)ExitCode.Refused));
    }

    private void EndPlan(IComPOMessage answer)
    {
        Timers.Cancel(PlanIsOverdue.Instance);
        _planning!.Asker.Tell(answer);
        _planning = null;
        _round.Forget();
    }

    /// <summary>A dry run under way.</summary>
    private sealed record PendingPlan(RunSettings Settings, Trainer Planner, IActorRef Asker);

    /// <summary>A dry run takes too long.</summary>
    internal sealed class PlanIsOverdue : INoSerializationVerificationNeeded
    {
        public static readonly PlanIsOverdue Instance = new();

        private PlanIsOverdue()
        {
        }
    }
}
