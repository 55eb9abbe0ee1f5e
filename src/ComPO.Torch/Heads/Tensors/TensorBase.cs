using System.Runtime.InteropServices;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using static TorchSharp.torch;

namespace ComPO.Torch.Heads.Tensors;

/// <summary>
/// What the unperturbed head makes of a pair, on a device: probabilities [n, V] float32 rounded from float64, and for a soft-capped head
/// tanh(x/cap) of each logit; the logits and the log-probabilities of the answers also on the host.
/// </summary>
internal sealed class TensorBase : IDisposable
{
    // float64 rows in flight: logits, their exponentials and what the library needs in between.
    private const int BytesPerLogit = 4 * sizeof(double);

    private TensorBase(Tensor probabilities, Tensor? tanh, float[] logits, PairLogProbabilities logProbabilities) =>
        (Probabilities, Tanh, Logits, LogProbabilities) = (probabilities, tanh, logits, logProbabilities);

    public Tensor Probabilities { get; }

    public Tensor? Tanh { get; }

    /// <summary>H Wᵀ before soft-capping, [n, V].</summary>
    public float[] Logits { get; }

    public PairLogProbabilities LogProbabilities { get; }

    public static TensorBase Of(HeadWeights head, PairFeatures features, double? cap, LaunchBudget budget, Device device)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (rows, vocabulary) = (features.DistinctRows, head.Shape.VocabularySize);
        var logits = HeadProduct(head, features, device);
        var tanh = cap is null ? null : empty_like(logits);
        var rowOfToken = tensor(Array.ConvertAll(features.RowOfToken, row => (long)row), device: device);
        var targets = tensor(Array.ConvertAll(features.Targets, target => (long)target), device: device);
        var ofTargets = zeros(features.Targets.Length, ScalarType.Float64, device);
        var onHost = GC.AllocateUninitializedArray<float>(checked(rows * vocabulary));
        var probabilities = empty_like(logits);

        var atOnce = budget.Perturbations((long)vocabulary * BytesPerLogit, rows);
        for (var first = 0; first < rows; first += atOnce)
        {
            using var inner = NewDisposeScope();
            var some = logits.narrow(0, first, Math.Min(atOnce, rows - first));
            MemoryMarshal.Cast<byte, float>(some.cpu().bytes).CopyTo(onHost.AsSpan(first * vocabulary));
            var capped = some.to(ScalarType.Float64);
            if (cap is { } c)
            {
                capped = capped.div_(c).tanh_();
                tanh!.narrow(0, first, some.shape[0]).copy_(capped);
                capped = capped.mul_(c);
            }
            var normalised = capped.log_softmax(1);
            // Tokens of other rows are taken from a row that is here, and left out.
            var here = rowOfToken.ge(first).logical_and(rowOfToken.lt(first + some.shape[0]));
            var seen = normalised[(rowOfToken - first).clamp(0, some.shape[0] - 1), targets];
            ofTargets.copy_(where(here, seen, ofTargets));
            probabilities.narrow(0, first, some.shape[0]).copy_(normalised.exp_());
        }

        var each = MemoryMarshal.Cast<byte, double>(ofTargets.cpu().bytes);
        double chosen = 0, rejected = 0;
        for (var token = 0; token < each.Length; token++)
            (token < features.ChosenCount ? ref chosen : ref rejected) += each[token];
        return new TensorBase(
            probabilities.MoveToOuterDisposeScope().DetachFromDisposeScope(), tanh?.DetachFromDisposeScope(), onHost, new PairLogProbabilities(chosen, rejected));
    }

    public void Dispose()
    {
        Probabilities.Dispose();
        Tanh?.Dispose();
    }

    // A slab of the head at a time: a device need not hold it.
    private static Tensor HeadProduct(HeadWeights head, PairFeatures features, Device device)
    {
        using var scope = NewDisposeScope();
        var (rows, hidden, vocabulary) = (features.DistinctRows, features.HiddenSize, head.Shape.VocabularySize);
        var slabs = VocabularySlabs.OfLaunches(vocabulary, Math.Max(hidden, rows));
        var states = frombuffer(features.HiddenStates, ScalarType.Float32).reshape(rows, hidden).to(device, copy: true);
        var weights = frombuffer(head.Values, ScalarType.Float32).reshape(vocabulary, hidden);
        var logits = empty(rows, vocabulary, ScalarType.Float32, device);
        for (var slab = 0; slab < slabs.Count; slab++)
        {
            using var inner = NewDisposeScope();
            var height = slabs.HeightOf(slab);
            var part = weights.narrow(0, slabs.Start(slab), height).to(device, copy: true);
            logits.narrow(1, slabs.Start(slab), height).copy_(states.mm(part.t()));
        }
        return logits.MoveToOuterDisposeScope();
    }
}
