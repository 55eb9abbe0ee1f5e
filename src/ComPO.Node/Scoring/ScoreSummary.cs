namespace ComPO.Node.Scoring;

/// <summary>The last line of <c>score</c>; what describes pairs is null when there is none. As JSON its names are camelCase.</summary>
/// <param name="Pairs">How many pairs were scored.</param>
/// <param name="Skipped">How many rows were not, by reason.</param>
/// <param name="SkippedRows">Which rows those are, by reason, as many as are listed.</param>
/// <param name="Chosen">Mean log-probability of the chosen completions, in nats.</param>
/// <param name="Rejected">Mean log-probability of the rejected completions, in nats.</param>
/// <param name="Margin">Mean of chosen less rejected, in nats.</param>
/// <param name="Accuracy">Share of the pairs whose chosen completion is the likelier one.</param>
/// <param name="NoisyShare">Share of the pairs that are noisy.</param>
/// <param name="PromptTokens">How long prompts are.</param>
/// <param name="ChosenTokens">How long chosen completions are.</param>
/// <param name="RejectedTokens">How long rejected completions are.</param>
internal sealed record ScoreSummary(
    int Pairs,
    IReadOnlyDictionary<string, int> Skipped,
    IReadOnlyDictionary<string, IReadOnlyList<int>> SkippedRows,
    double? Chosen,
    double? Rejected,
    double? Margin,
    double? Accuracy,
    double? NoisyShare,
    LengthStatistics? PromptTokens,
    LengthStatistics? ChosenTokens,
    LengthStatistics? RejectedTokens);
