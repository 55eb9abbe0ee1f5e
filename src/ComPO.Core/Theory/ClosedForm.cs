using System.Buffers;
using ComPO.Core.Features;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Updates;

namespace ComPO.Core.Theory;

/// <summary>
/// What the comparison oracle answers on average, without asking it. For a small radius r an outcome depends on two
/// projections of the noise only: with a = ∂logp⁺/∂W, b = ∂logp⁻/∂W, â = a/‖a‖, v = −b/‖b‖, ρ = â·v and the mean second-order drift D± by
/// which noise lowers the log-probabilities, a perturbation Z improves when ⟨â, Z⟩ &gt; s₁ = D⁺/(r‖a‖) and ⟨v, Z⟩ &gt; s₂ = −D⁻/(r‖b‖). So the
/// improved share is a bivariate normal probability, and by Stein's identity the mean of s·Z is 2(w₁â + w₂v).
/// </summary>
public sealed class ClosedForm
{
    // The limit direction in fixed point, so that its inner product with integer sums is exact in any order.
    private const double LimitUnits = 1L << 40;

    // A few rows of the head at a time stay in cache while all hidden states pass over them.
    private const int RowsAtOnce = 16;

    private readonly PairFeatures _features;
    private readonly PerturbationSpace _space;
    private readonly AnswerGradient _chosen;
    private readonly AnswerGradient _rejected;

    private ClosedForm(PairFeatures features, PerturbationSpace space, AnswerGradient chosen, AnswerGradient rejected, int vocabularySize, double radius)
    {
        (_features, _space, _chosen, _rejected, VocabularySize) = (features, space, chosen, rejected, vocabularySize);
        ChosenNorm = Math.Sqrt(AnswerGradient.Inner(chosen, chosen, space));
        RejectedNorm = Math.Sqrt(AnswerGradient.Inner(rejected, rejected, space));
        var norms = ChosenNorm * RejectedNorm;
        Correlation = norms > 0 ? Math.Clamp(-AnswerGradient.Inner(chosen, rejected, space) / norms, -1, 1) : 0;
        ChosenDrift = radius * radius / 2 * chosen.Convexity;
        RejectedDrift = radius * radius / 2 * rejected.Convexity;

        var s1 = InDeviations(ChosenDrift, radius * ChosenNorm);
        var s2 = InDeviations(-RejectedDrift, radius * RejectedNorm);
        PredictedProbability = BivariateNormal.UpperProbability(s1, s2, Correlation);
        ChosenWeight = Weight(s1, s2, Correlation);
        RejectedWeight = Weight(s2, s1, Correlation);
        // |w₁â + w₂v|² written so that nothing cancels when â and v are nearly opposite.
        var difference = ChosenWeight - RejectedWeight;
        LimitNorm = 2 * Math.Sqrt(difference * difference + 2 * (1 + Correlation) * ChosenWeight * RejectedWeight);
    }

    /// <summary>V.</summary>
    public int VocabularySize { get; }

    /// <summary>The probability that a perturbation improves.</summary>
    public double PredictedProbability { get; }

    /// <summary>‖a‖, nats for each unit of the head.</summary>
    public double ChosenNorm { get; }

    /// <summary>‖b‖, nats for each unit of the head.</summary>
    public double RejectedNorm { get; }

    /// <summary>ρ = â·v.</summary>
    public double Correlation { get; }

    /// <summary>D⁺: by how much noise lowers logp⁺ on average, in nats.</summary>
    public double ChosenDrift { get; }

    /// <summary>D⁻: by how much noise lowers logp⁻ on average, in nats.</summary>
    public double RejectedDrift { get; }

    /// <summary>w₁.</summary>
    public double ChosenWeight { get; }

    /// <summary>w₂.</summary>
    public double RejectedWeight { get; }

    /// <summary>‖2(w₁â + w₂v)‖: the norm of the limit of u/m, in standard deviations of the noise.</summary>
    public double LimitNorm { get; }

    /// <summary>Works out the closed form of a pair.</summary>
    /// <param name="features">The pair.</param>
    /// <param name="space">The space its perturbations are drawn in.</param>
    /// <param name="finalLogitSoftCap">c of c·tanh(x/c), or null.</param>
    /// <param name="baseLogits">H·Wᵀ before soft-capping, [n, V] float32.</param>
    /// <param name="vocabularySize">V.</param>
    /// <param name="radius">r, above 0, in units of one noise standard deviation an entry.</param>
    /// <param name="threads">How many threads share the work; the answer does not depend on it.</param>
    /// <exception cref="ArgumentException">The logits are not [n, V], or a target is outside the vocabulary.</exception>
    public static ClosedForm Of(
        PairFeatures features, PerturbationSpace space, double? finalLogitSoftCap, ReadOnlySpan<float> baseLogits, int vocabularySize, double radius,
        int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(radius);
        if (baseLogits.Length != (long)features.DistinctRows * vocabularySize)
            throw new ArgumentException($"{features.DistinctRows} rows over {vocabularySize} tokens are not {baseLogits.Length} logits.", nameof(baseLogits));
        PairLikelihood.RefuseTargetsOutside(features, vocabularySize);
        var chosen = AnswerGradient.Of(features, space, finalLogitSoftCap, baseLogits, vocabularySize, ..features.ChosenCount, threads);
        var rejected = AnswerGradient.Of(features, space, finalLogitSoftCap, baseLogits, vocabularySize, features.ChosenCount.., threads);
        return new ClosedForm(features, space, chosen, rejected, vocabularySize, radius);
    }

    /// <summary>Rows of the unit direction that estimates tend to as m grows, in the coordinates of the space; zeros when there is none.</summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rowCount">How many.</param>
    /// <param name="rows">Receives [rowCount, k].</param>
    public void LimitRows(int firstRow, int rowCount, Span<double> rows)
    {
        rows.Clear();
        if (LimitNorm is not > 0)
            return;
        if (ChosenNorm > 0)
            _chosen.AddRows(firstRow, rowCount, 2 * ChosenWeight / (ChosenNorm * LimitNorm), _space, rows);
        if (RejectedNorm > 0)
            _rejected.AddRows(firstRow, rowCount, -2 * RejectedWeight / (RejectedNorm * LimitNorm), _space, rows);
    }

    /// <summary>The cosine between sums over all rows and the limit direction.</summary>
    /// <param name="sums">[V, k].</param>
    public double Alignment(ReadOnlySpan<int> sums) => Alignment(LimitProduct(0, VocabularySize, sums), ExactSums.SumOfSquares(sums));

    /// <summary>
    /// The inner product of rows of sums with the limit direction, in units of 2⁻⁴⁰: an integer, so that those of row ranges add
    /// up to the same whatever the ranges.
    /// </summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rowCount">How many.</param>
    /// <param name="sums">[rowCount, k].</param>
    /// <param name="threads">How many threads share the work.</param>
    /// <exception cref="ArgumentException">There are not as many sums as that.</exception>
    public unsafe Int128 LimitProduct(int firstRow, int rowCount, ReadOnlySpan<int> sums, int threads = 1)
    {
        var k = _space.Dimension;
        if (sums.Length != (long)rowCount * k)
            throw new ArgumentException($"{rowCount} rows of {k} need {(long)rowCount * k} sums, not {sums.Length}.", nameof(sums));
        var products = new Int128[(rowCount + RowsAtOnce - 1) / RowsAtOnce];
        fixed (int* pinned = sums)
        {
            var address = (nint)pinned;
            FixedRanges.ForEach(products.Length, threads, piece =>
            {
                var first = piece * RowsAtOnce;
                var count = Math.Min(RowsAtOnce, rowCount - first) * k;
                var buffer = ArrayPool<double>.Shared.Rent(count);
                var rows = buffer.AsSpan(0, count);
                LimitRows(firstRow + first, rows.Length / k, rows);
                var part = new ReadOnlySpan<int>((int*)address + (long)first * k, rows.Length);
                for (var i = 0; i < rows.Length; i++)
                    products[piece] += Math.BigMul((long)Math.Round(rows[i] * LimitUnits), part[i]);
                ArrayPool<double>.Shared.Return(buffer);
            });
        }
        var product = Int128.Zero;
        foreach (var part in products)
            product += part;
        return product;
    }

    /// <summary>The cosine from the whole's product and sum of squares; 0 when either direction has vanished.</summary>
    public static double Alignment(Int128 limitProduct, UInt128 sumOfSquares) =>
        sumOfSquares == 0 ? 0 : (double)limitProduct / LimitUnits / Math.Sqrt((double)sumOfSquares);

    /// <summary>The change of the log-probabilities that scale·g makes to first order: scale·⟨g, a⟩ and scale·⟨g, b⟩.</summary>
    /// <param name="direction">g.</param>
    /// <param name="scale">γ·p.</param>
    public PairLogProbabilities PredictedChange(SparseUpdate direction, double scale)
    {
        var (d, n) = (_features.HiddenSize, _features.DistinctRows);
        var columns = Transpose(_features.HiddenStates, n, d);
        var projected = new double[n];
        var (chosen, rejected) = (0.0, 0.0);
        for (var i = 0; i < direction.Count;)
        {
            var token = direction.Indices[i] / d;
            Array.Clear(projected);
            for (; i < direction.Count && direction.Indices[i] / d == token; i++)
                FixedOrder.AddScaled(projected, direction.Values[i], columns.AsSpan(direction.Indices[i] % d * n, n));
            for (var s = 0; s < _chosen.Rows.Length; s++)
                chosen += _chosen.Residuals[s][token] * projected[_chosen.Rows[s]];
            for (var s = 0; s < _rejected.Rows.Length; s++)
                rejected += _rejected.Residuals[s][token] * projected[_rejected.Rows[s]];
        }
        return new PairLogProbabilities(scale * chosen, scale * rejected);
    }

    // A gradient of zero cannot move the answer: only the drift decides, and no drift is no improvement.
    private static double InDeviations(double shift, double deviation) =>
        deviation > 0 ? shift / deviation : shift < 0 ? double.NegativeInfinity : double.PositiveInfinity;

    // φ(s)·P(the other projection exceeds its threshold, given that this one is at its own).
    private static double Weight(double s, double other, double rho)
    {
        if (double.IsInfinity(s))
            return 0;
        var (gap, deviation) = (rho * s - other, Math.Sqrt((1 - rho) * (1 + rho)));
        var share = deviation > 0 ? NormalDistribution.Cumulative(gap / deviation) : gap > 0 ? 1 : gap < 0 ? 0 : 0.5;
        return NormalDistribution.Density(s) * share;
    }

    private static float[] Transpose(float[] values, int rows, int columns)
    {
        var transposed = new float[values.Length];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                transposed[c * rows + r] = values[r * columns + c];
        return transposed;
    }
}
