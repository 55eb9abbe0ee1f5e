using System.Diagnostics;
using Akka.Actor;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Node.Quickstart;

/// <summary>One run from start to end, by the messages that the admin console sends.</summary>
/// <param name="system">The actor system of a seed node.</param>
internal sealed class QuickstartRun(ActorSystem system)
{
    // Longer than the endpoint waits for the supervisor, so that an answer always comes.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly ActorSelection _admin = system.ActorSelection(AdminAddress.EndpointPath);

    /// <summary>Starts a run and waits for its end.</summary>
    /// <param name="run">Its name.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="progress">Told how the run is doing, several times a second.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <returns>How the run ended.</returns>
    /// <exception cref="RequestRefusedException">The cluster declined the run.</exception>
    /// <exception cref="RunFailedException">The run could not be finished.</exception>
    public async Task<TrainingStatus> TrainAsync(
        RunId run, RunSettings settings, Action<TrainingStatus> progress, CancellationToken cancellation)
    {
        await AskAsync<TrainingStarted>(new StartTraining(run.Value, settings.ToJson()), cancellation);
        while (true)
        {
            var status = await AskAsync<TrainingStatus>(new GetStatus(), cancellation);
            progress(status);
            if (status.HasEnded)
            {
                return status.Phase == RunPhase.Completed ? status : throw new RunFailedException(
                    status.Failure ?? $"The run ended as {status.Phase} after {status.Committed} of {status.Iterations} iterations.");
            }
            await Task.Delay(PollInterval, cancellation);
        }
    }

    // The supervisor and the trainer of a cluster that has just formed may need a moment; every question here can be asked again.
    private async Task<T> AskAsync<T>(IComPOMessage question, CancellationToken cancellation)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            switch (await _admin.Ask<IComPOMessage>(question, AnswerTimeout, cancellation))
            {
                case T answer:
                    return answer;
                case RequestRefused { Reason: RefusalReason.NotReady or RefusalReason.NoTrainer } when waited.Elapsed < ReadyTimeout:
                    await Task.Delay(PollInterval, cancellation);
                    break;
                case RequestRefused refused:
                    throw new RequestRefusedException(refused.Sentence);
                case var other:
                    throw new RunFailedException($"The node answered {question.GetType().Name} with {other.GetType().Name}; expected {typeof(T).Name}.");
            }
        }
    }
}
