using ComPO.Core.Pairs;

namespace ComPO.Node.Scoring;

/// <summary>Sums pairs up as they are scored, so that none of them is kept.</summary>
internal sealed class ScoreTally
{
    private readonly LengthHistogram _promptTokens = new();
    private readonly LengthHistogram _chosenTokens = new();
    private readonly LengthHistogram _rejectedTokens = new();

    private double _chosen;
    private double _rejected;
    private double _margin;
    private int _preferred;
    private int _noisy;

    /// <summary>How many pairs were scored so far.</summary>
    public int Pairs { get; private set; }

    /// <summary>The rows that were not.</summary>
    public SkippedRowTally Skipped { get; } = new();

    /// <summary>Counts a pair.</summary>
    public void Add(PairScore score)
    {
        Pairs++;
        _chosen += score.ChosenLogp;
        _rejected += score.RejectedLogp;
        _margin += score.Margin;
        _preferred += score.Margin > 0 ? 1 : 0;
        _noisy += score.Noisy ? 1 : 0;
        _promptTokens.Add(score.PromptTokens);
        _chosenTokens.Add(score.ChosenTokens);
        _rejectedTokens.Add(score.RejectedTokens);
    }

    /// <summary>What was counted.</summary>
    public ScoreSummary Sum() => new(
        Pairs, Skipped.Counts, Skipped.Rows, Mean(_chosen), Mean(_rejected), Mean(_margin), Mean(_preferred), Mean(_noisy),
        _promptTokens.Describe(), _chosenTokens.Describe(), _rejectedTokens.Describe());

    private double? Mean(double sum) => Pairs == 0 ? null : sum / Pairs;
}
