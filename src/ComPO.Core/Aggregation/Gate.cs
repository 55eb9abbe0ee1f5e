namespace ComPO.Core.Aggregation;

/// <summary>The success gate (ComPO, section 4): a pair on which too few perturbations improve teaches nothing.</summary>
public static class Gate
{
    /// <summary>Whether the improved share p is above λ.</summary>
    /// <param name="improved">How many perturbations improved.</param>
    /// <param name="perturbations">m, at least 1.</param>
    /// <param name="gate">λ.</param>
    public static bool Passes(int improved, int perturbations, double gate) => (double)improved / perturbations > gate;

    /// <summary>Whether a predicted improved share is above λ: the gate of the exact estimator, which has no outcomes.</summary>
    public static bool Passes(double improvedShare, double gate) => improvedShare > gate;
}
