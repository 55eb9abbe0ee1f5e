using ComPO.Node.Scoring;

namespace ComPO.Node.Quickstart;

/// <summary>What the quickstart found out; as JSON its names are camelCase.</summary>
/// <param name="Pairs">How many pairs the run could train with.</param>
/// <param name="Iterations">How many iterations the run did, one pair each.</param>
/// <param name="Accepted">In how many of them the acceptance check of the line search agreed with the update.</param>
/// <param name="Trained">The pairs that the run trained with.</param>
/// <param name="HeldOut">Pairs about other questions, with the same preference.</param>
/// <param name="HeadDigest">The digest of the trained head.</param>
/// <param name="Seconds">Wall-clock time of everything, in seconds.</param>
/// <param name="Output">The folder of results.</param>
internal sealed record QuickstartReport(
    int Pairs, int Iterations, int Accepted, BeforeAndAfter Trained, BeforeAndAfter HeldOut, string HeadDigest, double Seconds, string Output);

/// <summary>The same pairs under the model that the run started from and under the one it made.</summary>
internal sealed record BeforeAndAfter(PairMeans Before, PairMeans After);

/// <summary>Means over some pairs under one model.</summary>
/// <param name="Chosen">Mean log-probability of the chosen answers, in nats.</param>
/// <param name="Rejected">Mean log-probability of the rejected answers, in nats.</param>
/// <param name="Margin">Mean of chosen less rejected, in nats.</param>
/// <param name="Accuracy">Share of the pairs whose chosen answer is the likelier one.</param>
internal sealed record PairMeans(double Chosen, double Rejected, double Margin, double Accuracy)
{
    /// <summary>The means of a summary of at least one pair.</summary>
    public static PairMeans Of(ScoreSummary summary) =>
        new(summary.Chosen!.Value, summary.Rejected!.Value, summary.Margin!.Value, summary.Accuracy!.Value);
}
