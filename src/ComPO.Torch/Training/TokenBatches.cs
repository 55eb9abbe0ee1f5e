using ComPO.Core.Noise;
using static TorchSharp.torch;

namespace ComPO.Torch.Training;

/// <summary>
/// Endless batches of token sequences: every epoch in a new order, shuffled with Philox so that the
/// same seed gives the same batches everywhere. Shorter sequences of a batch are padded on the right,
/// where a causal model does not look, and the padding is no target.
/// </summary>
internal sealed class TokenBatches(IReadOnlyList<int[]> sequences, int batchSize, uint seed)
{
    /// <summary>The target of padding, which cross-entropy leaves out.</summary>
    public const long NoTarget = -100;

    private readonly int[] _order = [.. Enumerable.Range(0, sequences.Count)];
    private int _next = sequences.Count;
    private uint _epoch;

    /// <summary>The next batch, sequences in their order.</summary>
    public int[][] Next()
    {
        var batch = new int[batchSize][];
        for (var i = 0; i < batchSize; i++)
            batch[i] = sequences[Draw()];
        return batch;
    }

    /// <summary>Sequences as tensors: ids and targets, each [batch, length] int64, where length is the longest sequence's less one.</summary>
    public static (Tensor Ids, Tensor Targets) Pad(ReadOnlySpan<int[]> batch)
    {
        var length = 0;
        foreach (var sequence in batch)
            length = Math.Max(length, sequence.Length - 1);

        var ids = new long[batch.Length * length];
        var targets = new long[batch.Length * length];
        Array.Fill(targets, NoTarget);
        for (var i = 0; i < batch.Length; i++)
        {
            for (var t = 0; t + 1 < batch[i].Length; t++)
                (ids[i * length + t], targets[i * length + t]) = (batch[i][t], batch[i][t + 1]);
        }

        return (tensor(ids, [batch.Length, length]), tensor(targets, [batch.Length, length]));
    }

    private int Draw()
    {
        if (_next == _order.Length)
            Shuffle();
        return _order[_next++];
    }

    private void Shuffle()
    {
        for (var i = _order.Length - 1; i > 0; i--)
        {
            var (word, _, _, _) = Philox4x32.Words((uint)i, 0, 0, 1, seed, _epoch);
            var j = (int)((ulong)word * (uint)(i + 1) >> 32);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }

        _epoch++;
        _next = 0;
    }
}
