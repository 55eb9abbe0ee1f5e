using Akka.Actor;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Benchmarks.Clusters;

/// <summary>What a console would ask, asked at a seed of this process.</summary>
/// <param name="seed">The seed's actor system.</param>
internal sealed class SeedQuestions(ActorSystem seed)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(100);

    /// <summary>Starts a run as soon as there is somebody to do it.</summary>
    public async Task StartAsync(string run, RunSettings settings)
    {
        while (await AskAsync(new StartTraining(run, settings.ToJson())) is var answer and not TrainingStarted)
        {
            if (answer is RequestRefused { Reason: not (RefusalReason.NotReady or RefusalReason.NoTrainer) } refused)
                throw new InvalidOperationException(refused.Sentence);
            await Task.Delay(BetweenQuestions);
        }
    }

    /// <summary>Asks until the run is as wanted.</summary>
    /// <param name="isWanted">How.</param>
    /// <param name="pause">Between two questions.</param>
    public async Task<TrainingStatus> UntilAsync(Func<TrainingStatus, bool> isWanted, TimeSpan pause)
    {
        while (true)
        {
            if (await AskAsync(new GetStatus()) is TrainingStatus status)
            {
                if (status.Phase == RunPhase.Failed)
                    throw new InvalidOperationException(status.Failure);
                if (isWanted(status))
                    return status;
            }
            await Task.Delay(pause);
        }
    }

    private Task<IComPOMessage> AskAsync(IComPOMessage question) => seed.ActorSelection(AdminAddress.EndpointPath).Ask<IComPOMessage>(question, Patience);
}
