using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Numerics;

namespace ComPO.Core.Oracle;

/// <summary>
/// The oracle as the paper defines it, in plain float64: the head is perturbed, the log-probabilities are computed before and
/// after, and compared. Any noise, one or several pairs. Everything faster is tested against it.
/// </summary>
public sealed class ReferenceOracle
{
    private readonly double[] _head;
    private readonly double? _cap;
    private readonly IReadOnlyList<PairFeatures> _pairs;
    private readonly double[][] _states;

    /// <summary>Makes an oracle for pairs under a head.</summary>
    /// <param name="head">W.</param>
    /// <param name="finalLogitSoftCap">c of c·tanh(x/c), or null.</param>
    /// <param name="pairs">One or more pairs.</param>
    /// <exception cref="ArgumentException">A pair does not belong to such a head.</exception>
    public ReferenceOracle(HeadWeights head, double? finalLogitSoftCap, IReadOnlyList<PairFeatures> pairs)
    {
        foreach (var pair in pairs)
        {
            if (pair.HiddenSize != head.Shape.HiddenSize)
                throw new ArgumentException($"Hidden states of {pair.HiddenSize} do not fit a head of {head.Shape}.", nameof(pairs));
            PairLikelihood.RefuseTargetsOutside(pair, head.Shape.VocabularySize);
        }
        (Shape, _cap, _pairs) = (head.Shape, finalLogitSoftCap, pairs);
        _head = Array.ConvertAll(head.Values, value => (double)value);
        _states = [.. pairs.Select(pair => Array.ConvertAll(pair.HiddenStates, value => (double)value))];
        Before = At(0, new double[_head.Length]);
    }

    /// <summary>The head's shape.</summary>
    public HeadShape Shape { get; }

    /// <summary>The log-probabilities of each pair under the head as it is.</summary>
    public IReadOnlyList<PairLogProbabilities> Before { get; }

    /// <summary>The log-probabilities of each pair under W + factor·direction.</summary>
    /// <param name="factor">The radius of a perturbation, or the step of a line search.</param>
    /// <param name="direction">[V, d]: any real matrix.</param>
    /// <exception cref="ArgumentException">The direction is of another size.</exception>
    public PairLogProbabilities[] At(double factor, ReadOnlySpan<double> direction)
    {
        if (direction.Length != _head.Length)
            throw new ArgumentException($"A direction of {direction.Length} entries does not fit a head of {Shape}.", nameof(direction));
        var moved = new double[_head.Length];
        for (var i = 0; i < moved.Length; i++)
            moved[i] = _head[i] + factor * direction[i];

        var answers = new PairLogProbabilities[_pairs.Count];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = PairLikelihood.Of(_pairs[i], Logits(_states[i], moved), Shape.VocabularySize, _cap);
        return answers;
    }

    /// <summary>Whether W + radius·Z improves any of the pairs.</summary>
    /// <param name="radius">r.</param>
    /// <param name="perturbation">Z [V, d].</param>
    public bool IsImproved(double radius, ReadOnlySpan<double> perturbation) => IsImproved(At(radius, perturbation));

    /// <summary>Whether any of the pairs has improved.</summary>
    /// <param name="after">The log-probabilities of each pair afterwards.</param>
    public bool IsImproved(IReadOnlyList<PairLogProbabilities> after)
    {
        for (var i = 0; i < Before.Count; i++)
            if (ComparisonRule.IsImproved(Before[i], after[i]))
                return true;
        return false;
    }

    private double[] Logits(double[] states, double[] head)
    {
        var (v, d) = (Shape.VocabularySize, Shape.HiddenSize);
        var logits = new double[states.Length / d * v];
        for (var s = 0; s < states.Length / d; s++)
            for (var token = 0; token < v; token++)
                logits[s * v + token] = FixedOrder.Dot(states.AsSpan(s * d, d), head.AsSpan(token * d, d));
        return logits;
    }
}
