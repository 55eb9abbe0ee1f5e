using ComPO.Cluster.Configuration;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>The pairs that a run is evaluated on.</summary>
internal static class HeldOutPairs
{
    /// <summary>Scores all of them with the model as it is.</summary>
    /// <exception cref="RunFailedException">The run has none.</exception>
    /// <exception cref="PreferenceDataException">None of the rows can be used.</exception>
    public static PairsEvaluated Score(EvaluatePairs request, INodeModel model, RunSettings settings, PathRules paths, CancellationToken cancellation)
    {
        var file = settings.EvalData ?? throw new RunFailedException("This run has no --eval-data to evaluate.");
        var (pairs, chosen, rejected, preferred) = (0, 0.0, 0.0, 0);
        using var candidates = model.OpenPairs(paths.Resolve("--eval-data", file), settings.ToPairOptions());
        foreach (var candidate in candidates.From(0))
        {
            cancellation.ThrowIfCancellationRequested();
            if (candidate.Pair is not { } pair)
                continue;
            var score = model.ScoreCurrent(pair);
            pairs++;
            chosen += score.Chosen;
            rejected += score.Rejected;
            preferred += score.Margin > 0 ? 1 : 0;
        }
        return pairs > 0
            ? new PairsEvaluated(request.Request, pairs, chosen / pairs, rejected / pairs, (double)preferred / pairs)
            : throw new PreferenceDataException($"--eval-data {file} holds no pair that can be used.");
    }
}
