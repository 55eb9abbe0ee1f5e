using ComPO.Core.Theory;

namespace ComPO.Core.Tests.Theory;

/// <summary>What is seen of alignments is held against this, by these tests and those of the production engine.</summary>
internal static class ExpectedAlignment
{
    /// <summary>
    /// The cosine to the limit that m perturbations are expected to reach: the mean of u has the length m‖μ‖, and m(m−1)‖μ‖² + m·V·k is
    /// the mean of ‖u‖².
    /// </summary>
    /// <param name="theory">The closed form of the pair.</param>
    /// <param name="dimension">k.</param>
    /// <param name="perturbations">m, at least 1.</param>
    public static double Of(ClosedForm theory, int dimension, int perturbations)
    {
        var signal = theory.LimitNorm * theory.LimitNorm;
        var noise = (double)theory.VocabularySize * dimension;
        return theory.LimitNorm * Math.Sqrt(perturbations / (noise + (perturbations - 1) * signal));
    }
}
