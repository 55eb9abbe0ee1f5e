using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;

namespace ComPO.Core.Aggregation;

/// <summary>
/// The aggregation as the paper writes it (ComPO, Algorithm 1), in float64, of arbitrary real perturbations: for comparison with
/// published results. The sum is in the direction of improvement: the published code's with its sign turned.
/// </summary>
public sealed class ReferenceAggregation
{
    private readonly ReferenceOracle _oracle;

    private ReferenceAggregation(ReferenceOracle oracle, double[] sum, int improved, int perturbations)
    {
        (_oracle, Sum, Improved, Perturbations) = (oracle, sum, improved, perturbations);
        Norm = Math.Sqrt(FixedOrder.Dot(sum, sum));
    }

    /// <summary>u = Σ s_i Z_i, [V, d].</summary>
    public double[] Sum { get; }

    /// <summary>‖u‖.</summary>
    public double Norm { get; }

    /// <summary>How many perturbations improved.</summary>
    public int Improved { get; }

    /// <summary>m.</summary>
    public int Perturbations { get; }

    /// <summary>p.</summary>
    public double ImprovedShare => (double)Improved / Perturbations;

    /// <summary>Sums up perturbations by their outcomes.</summary>
    /// <param name="oracle">The oracle that answered.</param>
    /// <param name="outcomes">What it answered.</param>
    /// <param name="perturbation">Gives Z_i [V, d].</param>
    public static ReferenceAggregation Of(ReferenceOracle oracle, OutcomeBits outcomes, Func<int, double[]> perturbation)
    {
        var sum = new double[oracle.Shape.EntryCount];
        for (var i = 0; i < outcomes.Count; i++)
            FixedOrder.AddScaled(sum, outcomes[i] ? 1 : -1, perturbation(i));
        return new ReferenceAggregation(oracle, sum, outcomes.CountImproved(), outcomes.Count);
    }

    /// <summary>g = u/‖u‖ without its entries below λ_g, [V, d].</summary>
    public double[] Sparse(double threshold)
    {
        var sparse = new double[Sum.Length];
        for (var i = 0; i < sparse.Length; i++)
        {
            var entry = Sum[i] / Norm;
            sparse[i] = Math.Abs(entry) < threshold ? 0 : entry;
        }
        return sparse;
    }

    /// <summary>How many entries of g are at least λ_g.</summary>
    public int CountAtLeast(double threshold) => Sparse(threshold).Count(entry => entry != 0);

    /// <summary>The log-probabilities of each pair at each step of the line search along a sparse g.</summary>
    public PairLogProbabilities[][] WalkLine(double[] sparse) => [.. LineSearch.Steps.ToArray().Select(step => _oracle.At(step, sparse))];

    /// <summary>Whether any pair has improved at the acceptance step along a sparse g.</summary>
    public bool IsAccepted(double[] sparse) => _oracle.IsImproved(LineSearch.AcceptanceStep, sparse);
}
