using ComPO.Core.Heads;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;

namespace ComPO.Core.Aggregation;

/// <summary>
/// u = 2m·(w₁â + w₂v): what the sampled estimate of m perturbations is on average, from the closed form, in float64.
/// </summary>
public sealed class ExactEstimate : GradientEstimate
{
    private readonly ClosedForm _theory;
    private readonly PerturbationSpace _space;
    private readonly int _perturbations;

    /// <summary>The mean of the sampled estimate.</summary>
    /// <param name="theory">The closed form of the pair.</param>
    /// <param name="space">The space the closed form was made in.</param>
    /// <param name="perturbations">m.</param>
    public ExactEstimate(ClosedForm theory, PerturbationSpace space, int perturbations)
        : base(new HeadShape(theory.VocabularySize, space.HiddenSize), 0, theory.VocabularySize) =>
        (_theory, _space, _perturbations) = (theory, space, perturbations);

    /// <inheritdoc/>
    public override double Norm => _perturbations * _theory.LimitNorm;

    /// <inheritdoc/>
    public override double LiftedNorm => Norm;

    /// <inheritdoc/>
    public override void LiftRows(int firstRow, int rowCount, Span<float> lifted)
    {
        RefuseRowsNotHeld(firstRow, rowCount);
        var rows = new double[rowCount * _space.Dimension];
        _theory.LimitRows(firstRow, rowCount, rows);
        for (var i = 0; i < rows.Length; i++)
            rows[i] *= Norm;
        _space.Lift(rows, lifted);
    }
}
