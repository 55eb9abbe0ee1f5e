using System.Security.Claims;
using Akka.Actor;
using ComPO.Core.Wording;
using ComPO.Dashboard.Feed;
using ComPO.Protocol;

namespace ComPO.Dashboard.Control;

/// <summary>Pauses, resumes and stops runs, for those who may.</summary>
/// <param name="system">The node's actor system, whose admin endpoint answers for the cluster.</param>
/// <param name="token">What operators know.</param>
/// <param name="live">Shows what came of it.</param>
internal sealed class RunControls(ActorSystem system, ControlToken token, LiveView live)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Whether anybody may change anything from here.</summary>
    public bool AreOn => token.IsSet;

    /// <summary>Whether a user may.</summary>
    public bool MayUse(ClaimsPrincipal user) => token.IsSet && user.IsInRole(ControlPages.OperatorRole);

    /// <summary>Pauses a run; blocks in flight are finished and kept.</summary>
    /// <returns>What came of it, in a sentence.</returns>
    public Task<string> PauseAsync(ClaimsPrincipal user, string run) => AskAsync(user, new PauseTraining(run));

    /// <summary>Goes on with a paused run.</summary>
    /// <returns>What came of it, in a sentence.</returns>
    public Task<string> ResumeAsync(ClaimsPrincipal user, string run) => AskAsync(user, new ResumeTraining(run));

    /// <summary>Stops a run; what is committed is exported.</summary>
    /// <returns>What came of it, in a sentence.</returns>
    public Task<string> StopAsync(ClaimsPrincipal user, string run) => AskAsync(user, new StopTraining(run));

    private async Task<string> AskAsync(ClaimsPrincipal user, IComPOMessage request)
    {
        if (!MayUse(user))
            return "Only an operator who has given the control token may do that.";
        try
        {
            var sentence = await system.ActorSelection(AdminAddress.EndpointPath).Ask<IComPOMessage>(request, Patience) switch
            {
                TrainingPausing { AlreadyPaused: true } pausing => $"{pausing.RunId} was paused already, after {Iterations(pausing.Committed)}.",
                TrainingPausing pausing => $"{pausing.RunId} pauses after {Iterations(pausing.Committed)}.",
                TrainingResumed resumed => $"{resumed.RunId} goes on after {Iterations(resumed.Committed)}.",
                TrainingStopping stopping => $"{stopping.RunId} is being stopped; {Iterations(stopping.Committed)} will be kept.",
                RequestRefused refused => refused.Sentence,
                var other => $"The cluster answered with {other.GetType().Name}.",
            };
            live.Refresh?.Invoke();
            return sentence;
        }
        catch (AskTimeoutException)
        {
            return "The cluster did not answer; ask again.";
        }
    }

    private static string Iterations(int committed) => Units.Count(committed, "iteration");
}
