using Akka.Actor;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>
/// Brings one trainer to where the run stands and keeps it there: has it load the model, checks that it is the run's, and has it take every
/// update that it misses, or a whole head and the updates since. A child of the supervisor, for one trainer and one run.
/// </summary>
internal sealed class TrainerGuide : ReceiveActor, IWithTimers
{
    private readonly Trainer _trainer;
    private readonly TimeSpan _resendInterval;
    private RunStands _stands;
    private ModelLoaded? _model;
    private Digest _head;
    private Digest? _headNotToBeHad;
    private INodeRequest? _pending;
    private bool _isInterrupted;
    private long _lastRequest;

    public TrainerGuide(Trainer trainer, RunStands stands, TimeSpan resendInterval)
    {
        (_trainer, _stands, _resendInterval) = (trainer, stands, resendInterval);
        Receive<RunStands>(OnStands);
        Receive<INodeReply>(OnReply);
        Receive<Resend>(_ =>
        {
            if (_pending is not null)
                _trainer.Agent.Tell(_pending);
            else if (_isInterrupted)
                GoOn();
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(Trainer trainer, RunStands stands, TimeSpan resendInterval) =>
        Props.Create(() => new TrainerGuide(trainer, stands, resendInterval));

    private RunState Run => _stands.Run;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Resend.Instance, Resend.Instance, _resendInterval);
        GoOn();
    }

    private void OnStands(RunStands stands)
    {
        _stands = stands;
        GoOn();
    }

    private void OnReply(INodeReply reply)
    {
        if (reply.Request != _pending?.Request)
            return;
        var asked = _pending;
        _pending = null;
        switch (reply)
        {
            case ModelLoaded loaded:
                (_model, _head) = (loaded, loaded.HeadDigest);
                Context.Parent.Tell(new TrainerLoaded(_trainer, loaded));
                break;
            case HeadTaken taken:
                _head = taken.HeadDigest;
                if (_head != ((TakeHead)asked).HeadDigest)
                    _headNotToBeHad = ((TakeHead)asked).HeadDigest;
                break;
            case UpdateApplied applied:
                _head = applied.HeadDigest;
                var expected = Run.Commits[((ApplyUpdate)asked).Iteration].HeadDigest;
                if (_head != expected)
                {
                    Stumble(true, ExitCode.DigestMismatch,
                        $"After iteration {((ApplyUpdate)asked).Iteration} the head of {_trainer.Address} has digest {_head}; expected {expected}.");
                    return;
                }
                break;
            // It leaves, or was told to stop: it is no fault, and the news that it has gone may be on its way.
            case NodeFailed { ExitCode: (int)ExitCode.Interrupted }:
                _isInterrupted = true;
                return;
            case NodeFailed when asked is TakeHead take && take.HeadDigest != Run.Model?.BaseDigest:
                // Whoever kept it is gone; the updates lead there as well.
                _headNotToBeHad = take.HeadDigest;
                break;
            case NodeFailed failed:
                Stumble(false, (ExitCode)failed.ExitCode, $"{_trainer.Address}: {failed.Sentence}");
                return;
        }
        GoOn();
    }

    private void GoOn()
    {
        if (_pending is not null)
            return;
        if (_model is null)
        {
            Ask(request => new LoadModel(request, Run.RunId, Run.Started.SettingsJson));
            return;
        }
        // Until the run has a model, the supervisor decides whose it is.
        if (Run.Model is not { } opened)
            return;
        if (Difference(opened) is { } difference)
        {
            Context.Parent.Tell(difference);
            Context.Stop(Self);
        }
        else if (_head == Run.HeadDigest)
        {
            Context.Parent.Tell(new TrainerCaughtUp(_trainer, _head));
        }
        else
        {
            CatchUp(opened);
        }
    }

    private TrainerUnfit? Difference(ModelOpened opened)
    {
        if (_model!.BaseDigest != opened.BaseDigest || _model.Head != opened.Head)
        {
            return Unfit(
                ExitCode.DigestMismatch,
                $"The model of {_trainer.Address} has a head of {_model.Head} with digest {_model.BaseDigest}, the run's one of {opened.Head} with digest "
                + $"{opened.BaseDigest}; give all trainers the same model folder.");
        }
        return Run.Settings.AllowMixedClasses || _trainer.Node.ComputeClass == opened.ComputeClass
            ? null
            : Unfit(
                ExitCode.RunFailed,
                $"{_trainer.Address} computes as {_trainer.Node.ComputeClass}, the run as {opened.ComputeClass}; outcomes near a tie differ between kinds, "
                + "so start the run with --allow-mixed-classes if that may be.");
    }

    private TrainerUnfit Unfit(ExitCode exitCode, string sentence) => new(_trainer, sentence, (int)exitCode);

    private void CatchUp(ModelOpened opened)
    {
        if (CatchUpRules.PlaceOf(Run, _head) is not { } place)
        {
            Ask(request => new TakeHead(request, opened.BaseDigest, [], []));
            return;
        }
        var missed = CatchUpRules.Missed(Run, place);
        if (CatchUpRules.HeadToTake(Run, missed) is { } kept && kept.HeadDigest != _headNotToBeHad)
        {
            Ask(request => new TakeHead(request, kept.HeadDigest, kept.Parts, [.. _stands.Holders]));
            return;
        }
        var next = missed[0];
        var record = IterationRecord.FromJson(next.Line, $"iteration {next.Iteration}");
        // The parts are for those who follow closely; later the whole is to be had from whoever has taken it.
        var parts = next.Iteration == Run.Committed - 1 && _stands.Parts.Count > 0
            ? [.. _stands.Parts]
            : new[] { new UpdatePart(next.UpdateDigest!.Value, [.. _stands.Holders]) };
        Ask(request => new ApplyUpdate(
            request, next.Iteration, Run.HeadBefore(next.Iteration), parts, next.UpdateDigest!.Value, record.Scale!.Value, next.Row, record.FeatureDigest,
            [.. _stands.Holders], record.Outcomes is { } outcomes ? OutcomeBits.FromBase64(outcomes, record.Perturbations).ToBytes() : [],
            CatchUpRules.FirstWorthKeeping(Run)));
    }

    private void Stumble(bool disagrees, ExitCode exitCode, string sentence)
    {
        Context.Parent.Tell(new TrainerStumbled(_trainer, disagrees, sentence, (int)exitCode));
        Context.Stop(Self);
    }

    private void Ask(Func<long, INodeRequest> request)
    {
        (_pending, _isInterrupted) = (request(++_lastRequest), false);
        _trainer.Agent.Tell(_pending);
    }

    /// <summary>Time to repeat what was not answered.</summary>
    internal sealed class Resend : INoSerializationVerificationNeeded
    {
        public static readonly Resend Instance = new();

        private Resend()
        {
        }
    }
}
