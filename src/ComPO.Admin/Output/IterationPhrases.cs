using ComPO.Core.Runs;
using ComPO.Core.Wording;

namespace ComPO.Admin.Output;

/// <summary>An iteration on one line.</summary>
internal static class IterationPhrases
{
    /// <summary>Its pair, what the oracle said, and what came of it.</summary>
    public static string Of(IterationRecord record)
    {
        var improved = record.ImprovedShare is { } share
            ? $"improved {Units.Percent(share)} (predicted {Units.Percent(record.Predicted)})"
            : $"predicted {Units.Percent(record.Predicted)}";
        var change = record.Verdict == IterationVerdict.Accepted
            ? $"chosen {Step(record.Before.Chosen, record.After.Chosen)}  rejected {Step(record.Before.Rejected, record.After.Rejected)}"
            : $"chosen {Units.LogProbability(record.Before.Chosen)}  rejected {Units.LogProbability(record.Before.Rejected)}";
        return $"{record.Iteration,4}  row {record.Pair,-6} {improved}  {change}  {Verdict(record)}";
    }

    /// <summary>What came of it.</summary>
    public static string Verdict(IterationRecord record) => record.Verdict switch
    {
        IterationVerdict.GateRefused => "refused by the gate",
        IterationVerdict.Accepted => "accepted",
        _ => "not accepted",
    };

    private static string Step(double before, double after) => $"{Units.LogProbability(before)} → {Units.LogProbability(after)}";
}
