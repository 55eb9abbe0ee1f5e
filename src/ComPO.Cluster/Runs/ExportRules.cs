using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Runs;

/// <summary>Which head is to be written.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Iteration">After how many committed iterations.</param>
/// <param name="Folder">The run folder.</param>
/// <param name="Lines">The log up to there; null when only the folder has it.</param>
internal sealed record ExportOrder(string RunId, int Iteration, string Folder, IReadOnlyList<string>? Lines);

/// <summary>Which heads there are to be written. Pure.</summary>
internal static class ExportRules
{
    /// <summary>What a request asks for, or why that is not to be had.</summary>
    /// <param name="last">The present or last run, if there was one.</param>
    /// <param name="history">Those before it.</param>
    /// <param name="request">The request.</param>
    public static (ExportOrder? Order, RequestRefused? Refusal) Decide(RunState? last, PastRuns history, ExportRun request)
    {
        if (last is not null && (request.RunId ?? last.RunId) == last.RunId)
        {
            return last.Model is { } model
                ? WithIteration(last.RunId, last.Committed, request, iteration => new ExportOrder(
                    last.RunId, iteration, last.Output, [model.HeaderLine, .. last.Commits.Take(iteration).Select(committed => committed.Line)]))
                : Refuse(RefusalReason.NoSuchRun, $"Run {last.RunId} has opened no model{(last.IsActive ? " yet, so there is nothing to export; ask again" : ", so there is nothing to export")}.");
        }
        return request.RunId is { } id && history.Find(id) is { } past
            ? WithIteration(id, past.Committed, request, iteration => new ExportOrder(id, iteration, past.Output, Lines: null))
            : Refuse(RefusalReason.NoSuchRun, $"There is no run {request.RunId ?? "yet"}; 'runs' lists those that are remembered.");
    }

    private static (ExportOrder?, RequestRefused?) WithIteration(string runId, int committed, ExportRun request, Func<int, ExportOrder> order)
    {
        var iteration = request.Iteration ?? committed;
        return iteration >= 0 && iteration <= committed
            ? (order(iteration), null)
            : Refuse(
                RefusalReason.NoSuchRun,
                $"Run {runId} has no head after {iteration} iterations: {committed} are committed; name 0 to {committed} with --iteration, 0 for the base.");
    }

    private static (ExportOrder?, RequestRefused?) Refuse(RefusalReason reason, string sentence) =>
        (null, new RequestRefused(reason, Limits.Fit(sentence), (int)ExitCode.Refused));
}
