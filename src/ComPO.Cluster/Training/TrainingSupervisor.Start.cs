using Akka.Actor;
using Akka.Event;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>From a request to a run whose model is loaded.</summary>
internal sealed partial class TrainingSupervisor
{
    private void Idle()
    {
        Receive<StartTraining>(OnStart);
        Receive<PlanTraining>(OnPlan);
        Receive<StopTraining>(request => Sender.Tell(RunRules.Stop(_run, request).Reply));
        Always();
        ReceiveAny(_ => { });
    }

    private void OnStart(StartTraining request)
    {
        var decision = RunRules.Start(_run, request, _time.GetUtcNow());
        if (decision.Event is not RunStarted started)
        {
            Sender.Tell(decision.Reply);
            return;
        }
        var asker = Sender;
        WithTrainers(asker, () => Open(started, asker));
    }

    /// <summary>Goes on once there is a trainer; a node that has just started may take a moment to register.</summary>
    private void WithTrainers(IActorRef asker, Action then)
    {
        if (_trainers.Count > 0)
        {
            then();
            return;
        }
        Timers.StartSingleTimer(NoTrainerCame.Instance, NoTrainerCame.Instance, _settings.TrainerWait);
        Become(() =>
        {
            Receive<TrainerJoined>(_ =>
            {
                Timers.Cancel(NoTrainerCame.Instance);
                BecomeIdle();
                then();
            });
            Receive<NoTrainerCame>(_ =>
            {
                asker.Tell(new RequestRefused(
                    RefusalReason.NoTrainer,
                    $"No trainer has joined within {_settings.TrainerWait.TotalSeconds:0} seconds; start a node with --role trainer that joins this cluster.",
                    (int)ExitCode.Refused));
                BecomeIdle();
            });
            StashRequests();
            Always();
        });
    }

    private void StashRequests()
    {
        Receive<StartTraining>(_ => Stash.Stash());
        Receive<PlanTraining>(_ => Stash.Stash());
        Receive<StopTraining>(_ => Stash.Stash());
    }

    private void BecomeIdle()
    {
        Become(Idle);
        Stash.UnstashAll();
    }

    private void Open(RunStarted started, IActorRef asker)
    {
        var recorder = Context.ActorOf(RunRecorder.PropsFor(started.Output, _settings.Blobs));
        Become(() =>
        {
            Receive<RunRecorder.Recorded>(_ =>
            {
                Happen(started);
                _recorder = recorder;
                _participants = [.. _trainers.Values];
                _progress.BeginRun();
                _log.Info("Run {Run} starts with {Trainers} trainers in {Output}", started.RunId, _participants.Count, started.Output);
                asker.Tell(new TrainingStarted(started.RunId, AlreadyKnown: false, started.Output));
                Load();
                Stash.UnstashAll();
            });
            Receive<RunRecorder.RecordingFailed>(failed => Refuse(failed.Sentence, failed.ExitCode));
            Receive<ChildFailed>(failed => Refuse(failed.Cause.Message, (int)failed.Cause.ExitCode));
            StashRequests();
            Always();
        });
        recorder.Tell(RunRecorder.Open.Instance);

        void Refuse(string sentence, int exitCode)
        {
            asker.Tell(new RequestRefused(RefusalReason.OutputFolder, sentence, exitCode));
            recorder.Tell(RunRecorder.Discard.Instance);
            recorder.Tell(PoisonPill.Instance);
            BecomeIdle();
        }
    }

    private void Load() => Await<ModelLoaded>(
        RunPhase.Starting,
        _participants,
        (_, request) => new LoadModel(request, Run.RunId, Run.SettingsJson),
        OnLoaded);

    private void OnLoaded(IReadOnlyList<ModelLoaded> loaded)
    {
        _participants = [.. _participants.Zip(loaded, (trainer, model) =>
            trainer with { Node = trainer.Node with { HasBody = model.HasBody, ModelMemoryBytes = model.MemoryBytes } })];
        foreach (var trainer in _participants.Where(trainer => _trainers.ContainsKey(trainer.Address)))
            _trainers[trainer.Address] = trainer;
        var first = _participants[0];
        for (var i = 1; i < loaded.Count; i++)
        {
            if (loaded[i].HeadDigest != loaded[0].HeadDigest || loaded[i].Head != loaded[0].Head)
            {
                Fail(
                    $"The model of {_participants[i].Address} has a head of {loaded[i].Head} with digest {loaded[i].HeadDigest}, that of {first.Address} one of "
                    + $"{loaded[0].Head} with digest {loaded[0].HeadDigest}; give all trainers the same model folder.",
                    (int)ExitCode.DigestMismatch);
                return;
            }
            if (_participants[i].Node.ComputeClass != first.Node.ComputeClass)
            {
                Fail(
                    $"{_participants[i].Address} computes as {_participants[i].Node.ComputeClass}, {first.Address} as {first.Node.ComputeClass}; "
                    + "a run needs trainers of one kind, because outcomes near a tie differ between kinds.",
                    (int)ExitCode.RunFailed);
                return;
            }
        }
        if (!loaded.Any(model => model.HasBody))
        {
            Fail("No trainer has the body of the model, which turns text into features; start one with --body yes.", (int)ExitCode.RunFailed);
            return;
        }
        _head = loaded[0].Head;
        _isCommitting = true;
        Happen(new ModelOpened(loaded[0].BaseDigest));
        AppendLine(HeaderLine(loaded), () => EvaluateIf(Run.Settings.EvalData is not null, baseline =>
        {
            _baseline = baseline;
            Select();
        }));
    }

    private string HeaderLine(IReadOnlyList<ModelLoaded> loaded) =>
        RunLogLines.Header(Run, loaded[0], _participants[0].Node.ComputeClass);

    private void OnPlan(PlanTraining request)
    {
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
        WithTrainers(asker, () => Plan(settings, asker));
    }

    private void Plan(RunSettings settings, IActorRef asker)
    {
        // One trainer looks: the others would find the same.
        var planner = _trainers.Values.First();
        Become(() =>
        {
            Receive<INodeReply>(reply =>
            {
                switch (_round.Take(reply))
                {
                    case RoundState.Complete:
                        asker.Tell(RunEstimate.Of(settings, _round.Replies<RunPlanned>()[0], [.. _trainers.Values.Select(trainer => trainer.Node)]));
                        BecomeIdle();
                        break;
                    case RoundState.Failed:
                        var failed = _round.Failure!.Value.Reply;
                        asker.Tell(new RequestRefused(RefusalReason.BadInput, failed.Sentence, failed.ExitCode));
                        BecomeIdle();
                        break;
                }
            });
            Receive<TrainerLeft>(left => left.Trainer.Agent.Equals(planner.Agent), left =>
            {
                _round.Forget();
                asker.Tell(new RequestRefused(RefusalReason.NoTrainer, $"The trainer {left.Trainer.Address} left while it was looking.", (int)ExitCode.Refused));
                BecomeIdle();
            });
            Receive<StartTraining>(_ => Sender.Tell(Busy()));
            Receive<PlanTraining>(_ => Sender.Tell(Busy()));
            Receive<StopTraining>(stop => Sender.Tell(RunRules.Stop(_run, stop).Reply));
            Always();
        });
        _round.Ask([planner], (_, number) => new PlanRun(number, settings.ToJson()), Self);
    }

    private static RequestRefused Busy() => new(
        RefusalReason.NotReady, "The trainers are busy with a dry run; ask again when it has answered.", (int)ExitCode.Refused);

    /// <summary>The wait for a first trainer is over.</summary>
    internal sealed class NoTrainerCame : INoSerializationVerificationNeeded
    {
        public static readonly NoTrainerCame Instance = new();

        private NoTrainerCame()
        {
        }
    }
}
