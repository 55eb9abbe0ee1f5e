using ComPO.Core.Oracle;

namespace ComPO.Core.Updates;

/// <summary>The log-probabilities at one step along the sparse direction.</summary>
/// <param name="Step">The multiple of g.</param>
/// <param name="Chosen">logp⁺ there.</param>
/// <param name="Rejected">logp⁻ there.</param>
public readonly record struct LineSearchPoint(double Step, double Chosen, double Rejected);

/// <summary>
/// The diagnostic walk along the sparse g and the acceptance check at one of its steps, as the authors'
/// code does both.
/// </summary>
public static class LineSearch
{
    /// <summary>The step at which an update must be an improvement to be accepted.</summary>
    public const double AcceptanceStep = 5;

    /// <summary>The steps walked, from the unchanged head outwards.</summary>
    public static ReadOnlySpan<double> Steps => [0, 0.1, 0.5, 1, 2, 5, 10, 15];

    /// <summary>Pairs the steps with what was seen there.</summary>
    public static LineSearchPoint[] Table(ReadOnlySpan<PairLogProbabilities> seen)
    {
        var points = new LineSearchPoint[Steps.Length];
        for (var i = 0; i < points.Length; i++)
            points[i] = new LineSearchPoint(Steps[i], seen[i].Chosen, seen[i].Rejected);
        return points;
    }

    /// <summary>Whether the update is accepted: at step 5 the chosen answer is likelier and the rejected one less so.</summary>
    public static bool IsAccepted(ReadOnlySpan<LineSearchPoint> table)
    {
        var at = table[Steps.IndexOf(AcceptanceStep)];
        return ComparisonRule.IsImproved(
            new PairLogProbabilities(table[0].Chosen, table[0].Rejected),
            new PairLogProbabilities(at.Chosen, at.Rejected));
    }
}
