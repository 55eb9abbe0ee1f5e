using System.Runtime.InteropServices;
using ComPO.Core.Digests;
using ComPO.Core.Errors;

namespace ComPO.Core.Features;

/// <summary>
/// All a trainer needs to probe one pair: the head's inputs at the positions that predict the answers'
/// tokens, the tokens, and the basis of the perturbation space. Only the head changes in a run, so these
/// never do. Immutable; named by the digest of its bytes.
/// </summary>
public sealed class PairFeatures
{
    private readonly Lazy<Digest> _digest;

    internal PairFeatures(int hiddenSize, float[] hiddenStates, int[] rowOfToken, int[] targets, int chosenCount, float[]? basis)
    {
        (HiddenSize, HiddenStates, RowOfToken, Targets, ChosenCount, Basis) =
            (hiddenSize, hiddenStates, rowOfToken, targets, chosenCount, basis);
        _digest = new Lazy<Digest>(() => Digest.Of(Encode()));
    }

    /// <summary>d.</summary>
    public int HiddenSize { get; }

    /// <summary>n: the distinct rows of H. The last prompt position, for one, predicts both answers' first tokens.</summary>
    public int DistinctRows => HiddenStates.Length / HiddenSize;

    /// <summary>The distinct rows of H, [n, d] float32, row-major.</summary>
    public float[] HiddenStates { get; }

    /// <summary>For each of the T tokens (chosen, then rejected) the row of <see cref="HiddenStates"/> that predicts it.</summary>
    public int[] RowOfToken { get; }

    /// <summary>The T token ids, chosen, then rejected.</summary>
    public int[] Targets { get; }

    /// <summary>T⁺: how many of the tokens are the chosen answer's.</summary>
    public int ChosenCount { get; }

    /// <summary>T⁻: how many of the tokens are the rejected answer's.</summary>
    public int RejectedCount => Targets.Length - ChosenCount;

    /// <summary>Qᵀ [k, d] float32 with orthonormal rows, or null when the space is the full one.</summary>
    public float[]? Basis { get; }

    /// <summary>k: the dimension of the perturbation space.</summary>
    public int BasisSize => Basis is { } basis ? basis.Length / HiddenSize : HiddenSize;

    /// <summary>The digest of <see cref="Encode"/>.</summary>
    public Digest Digest => _digest.Value;

    /// <summary>Row <paramref name="t"/> of the distinct hidden states, [d].</summary>
    public ReadOnlySpan<float> Row(int t) => HiddenStates.AsSpan(t * HiddenSize, HiddenSize);

    /// <summary>The features as the bytes that are stored and sent: a safetensors file.</summary>
    public byte[] Encode() => PairFeaturesFile.Encode(this);

    /// <summary>Reads what <see cref="Encode"/> gave.</summary>
    /// <exception cref="PreferenceDataException">The bytes are not exactly such a file.</exception>
    public static PairFeatures Decode(ReadOnlySpan<byte> bytes) => PairFeaturesFile.Decode(bytes);

    /// <summary>Makes the features of a pair: merges equal rows, and finds the basis of the row space if that is the space.</summary>
    /// <param name="hiddenStates">[T, d] float32: for each token the hidden state that predicts it.</param>
    /// <param name="targets">[T] token ids, chosen, then rejected.</param>
    /// <param name="chosenCount">T⁺.</param>
    /// <param name="hiddenSize">d.</param>
    /// <param name="space">Where perturbations will be drawn.</param>
    /// <exception cref="ArgumentException">The sizes do not belong together, or an answer has no token.</exception>
    /// <exception cref="ModelException">A hidden state is infinite or not a number.</exception>
    public static PairFeatures Create(
        ReadOnlySpan<float> hiddenStates, int[] targets, int chosenCount, int hiddenSize, PerturbationSpaceKind space)
    {
        if (chosenCount < 1 || chosenCount >= targets.Length)
            throw new ArgumentException($"{chosenCount} of {targets.Length} tokens are the chosen answer's: both answers need one.", nameof(chosenCount));
        if (hiddenStates.Length != (long)targets.Length * hiddenSize)
            throw new ArgumentException($"{targets.Length} tokens need as many rows of {hiddenSize}, not {hiddenStates.Length} values.", nameof(hiddenStates));

        if (!AreFinite(hiddenStates))
            throw new ModelException(
                "The model gives a hidden state that is not a finite number for a pair, so nothing can be compared: try a wider --dtype, or look for damaged weights.");

        var (distinct, rowOfToken) = MergeEqualRows(hiddenStates, targets.Length, hiddenSize);
        var rows = distinct.Length / hiddenSize;
        // As many independent rows as columns span everything: the identity is as good a basis as any.
        var basis = space == PerturbationSpaceKind.Row && rows < hiddenSize
            ? OrthonormalBasis.Of(distinct, rows, hiddenSize)
            : null;
        return new PairFeatures(hiddenSize, distinct, rowOfToken, (int[])targets.Clone(), chosenCount, basis);
    }

    internal static bool AreFinite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (!float.IsFinite(value))
                return false;
        return true;
    }

    private static (float[] Distinct, int[] RowOfToken) MergeEqualRows(ReadOnlySpan<float> hiddenStates, int tokens, int hiddenSize)
    {
        var distinct = new List<float>(hiddenStates.Length);
        var rowOfToken = new int[tokens];
        var known = new Dictionary<Digest, int>();
        for (var t = 0; t < tokens; t++)
        {
            var row = hiddenStates.Slice(t * hiddenSize, hiddenSize);
            var digest = Digest.Of(MemoryMarshal.AsBytes(row));
            if (!known.TryGetValue(digest, out rowOfToken[t]))
            {
                known[digest] = rowOfToken[t] = known.Count;
                distinct.AddRange(row);
            }
        }
        return ([.. distinct], rowOfToken);
    }
}
