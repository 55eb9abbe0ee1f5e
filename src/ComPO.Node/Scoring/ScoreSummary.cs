namespace ComPO.Node.Scoring;

/// <summary>The last line of <c>score</c>; means are null when there is no pair. As JSON its names are camelCase.</summary>
/// <param name="Pairs">How many pairs were scored.</param>
/// <param name="Skipped">How many rows were not, by reason.</param>
/// <param name="Chosen">Mean log-probability of the chosen completions, in nats.</param>
/// <param name="Rejected">Mean log-probability of the rejected completions, in nats.</param>
/// <param name="Margin">Mean of chosen less rejected, in nats.</param>
/// <param name="Accuracy">Share of the pairs whose chosen completion is the likelier one.</param>
internal sealed record ScoreSummary(
    int Pairs, IReadOnlyDictionary<string, int> Skipped, double? Chosen, double? Rejected, double? Margin, double? Accuracy)
{
    /// <summary>Sums up, in the order of the scores.</summary>
    public static ScoreSummary Of(IReadOnlyList<PairScore> scores, IReadOnlyDictionary<string, int> skipped) => scores.Count == 0
        ? new ScoreSummary(0, skipped, null, null, null, null)
        : new ScoreSummary(
            scores.Count,
            skipped,
            scores.Average(score => score.ChosenLogp),
            scores.Average(score => score.RejectedLogp),
            scores.Average(score => score.Margin),
            scores.Average(score => score.Margin > 0 ? 1.0 : 0.0));
}
