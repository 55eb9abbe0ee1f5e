using ComPO.Core.Features;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;

namespace ComPO.Core.Theory;

/// <summary>
/// ∂logp/∂W of one answer, kept as (onehot − softmax)ᵀ·S: one residual [V] for each hidden state that predicts one of its tokens. The
/// product itself, [V, k], is never formed whole.
/// </summary>
internal sealed class AnswerGradient
{
    private AnswerGradient(int[] rows, double[][] residuals, double convexity) => (Rows, Residuals, Convexity) = (rows, residuals, convexity);

    /// <summary>The hidden states that matter, ascending.</summary>
    public int[] Rows { get; }

    /// <summary>For each of them Σ over its tokens of (onehot − p)·cap′, [V].</summary>
    public double[][] Residuals { get; }

    /// <summary>Σ_t ‖h_t‖² Σ_v [p(1−p)cap′² + (p − 1{v=y})cap″]: noise of radius r lowers logp by r²/2 times this, on average.</summary>
    public double Convexity { get; }

    public static unsafe AnswerGradient Of(
        PairFeatures features, PerturbationSpace space, double? cap, ReadOnlySpan<float> baseLogits, int vocabularySize, Range tokens, int threads)
    {
        var rowOfToken = features.RowOfToken[tokens];
        var targets = features.Targets[tokens];
        int[] rows = [.. rowOfToken.Distinct().Order()];
        var residuals = new double[rows.Length][];
        var convexities = new double[rows.Length];
        fixed (float* pinned = baseLogits)
        {
            var address = (nint)pinned;
            FixedRanges.ForEach(rows.Length, threads, i =>
            {
                var logits = new ReadOnlySpan<float>((float*)address + (long)rows[i] * vocabularySize, vocabularySize);
                var own = targets.Where((_, t) => rowOfToken[t] == rows[i]).ToArray();
                (residuals[i], var curvature) = OfRow(logits, own, cap);
                var state = space.Coordinates.AsSpan(rows[i] * space.Dimension, space.Dimension);
                convexities[i] = curvature * FixedOrder.Dot(state, state);
            });
        }
        return new AnswerGradient(rows, residuals, convexities.Sum());
    }

    /// <summary>The inner product of two answers' gradients, from the inner products of residuals and of hidden states.</summary>
    public static double Inner(AnswerGradient x, AnswerGradient y, PerturbationSpace space)
    {
        var (k, sum) = (space.Dimension, 0.0);
        for (var i = 0; i < x.Rows.Length; i++)
            for (var j = 0; j < y.Rows.Length; j++)
                sum += FixedOrder.Dot(x.Residuals[i], y.Residuals[j])
                    * FixedOrder.Dot(space.Coordinates.AsSpan(x.Rows[i] * k, k), space.Coordinates.AsSpan(y.Rows[j] * k, k));
        return sum;
    }

    /// <summary>Adds factor times consecutive rows of the gradient; each entry adds the hidden states in order.</summary>
    public void AddRows(int firstToken, int count, double factor, PerturbationSpace space, Span<double> destination)
    {
        var k = space.Dimension;
        for (var i = 0; i < Rows.Length; i++)
        {
            var state = space.Coordinates.AsSpan(Rows[i] * k, k);
            for (var r = 0; r < count; r++)
                FixedOrder.AddScaled(destination.Slice(r * k, k), factor * Residuals[i][firstToken + r], state);
        }
    }

    private static (double[] Residual, double Curvature) OfRow(ReadOnlySpan<float> logits, int[] targets, double? cap)
    {
        var residual = new double[logits.Length];
        var largest = double.NegativeInfinity;
        foreach (var logit in logits)
            largest = Math.Max(largest, LogitCap.Apply(logit, cap));
        var total = 0.0;
        for (var v = 0; v < logits.Length; v++)
            total += residual[v] = Math.Exp(LogitCap.Apply(logits[v], cap) - largest);

        var curvature = 0.0;
        for (var v = 0; v < logits.Length; v++)
        {
            var p = residual[v] / total;
            var slope = LogitCap.Slope(logits[v], cap);
            curvature += targets.Length * (p * (1 - p) * slope * slope + p * LogitCap.Curvature(logits[v], cap));
            residual[v] = -targets.Length * p * slope;
        }
        foreach (var target in targets)
        {
            residual[target] += LogitCap.Slope(logits[target], cap);
            curvature -= LogitCap.Curvature(logits[target], cap);
        }
        return (residual, curvature);
    }
}
