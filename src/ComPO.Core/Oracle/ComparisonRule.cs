namespace ComPO.Core.Oracle;

/// <summary>The comparison oracle's rule (ComPO, section 3): what counts as an improvement on a pair.</summary>
public static class ComparisonRule
{
    /// <summary>Whether the chosen answer became strictly more likely and the rejected one strictly less.</summary>
    public static bool IsImproved(PairLogProbabilities before, PairLogProbabilities after) =>
        after.Chosen > before.Chosen && after.Rejected < before.Rejected;
}
