using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Reports.Reading;

namespace ComPO.Admin.Connections;

/// <summary>Reads the log that a cluster has of a run, as far as it is by now.</summary>
internal sealed class ClusterRunReader(ClusterConnection cluster)
{
    /// <summary>Reads a run.</summary>
    /// <param name="runId">The run; null for the present or last one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RequestRefusedException">No run has been started.</exception>
    public async Task<LoggedRun> ReadAsync(string? runId, CancellationToken cancellation)
    {
        var status = await cluster.AskAsync<TrainingStatus>(new GetStatus(), cancellation);
        runId ??= status.RunId ?? throw new RequestRefusedException("There is nothing to report on: no run has been started; 'start' starts one, --log names one on disk.");
        var (header, evaluations) = await ReadHeadAsync(runId, cancellation);
        var iterations = new List<IterationRecord>();
        TrainingProgress progress;
        do
        {
            progress = await cluster.AskAsync<TrainingProgress>(new GetProgress(runId, iterations.Count - 1), cancellation);
            foreach (var line in progress.Lines)
                iterations.Add(IterationRecord.FromJson(line, $"The log of run {runId}, line {iterations.Count + 2}"));
        }
        while (progress.HasMore);

        return new LoggedRun($"the cluster at {status.Supervisor}", header, iterations)
        {
            Evaluations = evaluations,
            Outcome = new RunOutcome(JsonNamingPolicy.CamelCase.ConvertName(progress.Status.Phase.ToString()), progress.Status.Failure, progress.Status.ElapsedSeconds, progress.Status.ModelFolder),
        };
    }

    private async Task<(RunHeader, IReadOnlyList<Evaluation>)> ReadHeadAsync(string runId, CancellationToken cancellation)
    {
        var evaluations = new List<Evaluation>();
        RunLogHead head;
        do
        {
            head = await cluster.AskAsync<RunLogHead>(new GetRunLogHead(runId, evaluations.Count), cancellation);
            foreach (var line in head.Evaluations)
                evaluations.Add(Evaluation.FromJson(line, $"The evaluations of run {runId}, line {evaluations.Count + 1}"));
        }
        while (head.HasMore);
        return (RunHeader.FromJson(head.HeaderLine, $"The log of run {runId}, line 1"), evaluations);
    }
}
