using ComPO.Torch.Configuration;
using ComPO.Torch.Heads;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ComPO.Torch.Training;

/// <summary>
/// The gradient of a batch, computed as two halves on two copies of the model and added in order.
/// The split is fixed, and each half is computed by one thread alone, so the bits do not depend on the
/// number of threads; nor does training crawl when other programs want the processor, as it does when
/// torch's own threads wait for each other in every operation.
/// </summary>
internal sealed class ShardedGradient : IDisposable
{
    private const int Shards = 2;

    private readonly ComputeLanes _lanes;
    private readonly TrainableDecoder[] _replicas;

    public ShardedGradient(ModelConfig config, uint seed, int threads)
    {
        _lanes = new ComputeLanes(Math.Min(threads, Shards));
        _replicas = [.. Enumerable.Range(0, Shards).Select(_ => new TrainableDecoder(config, seed))];
    }

    /// <summary>The model itself; the others follow it.</summary>
    public TrainableDecoder Decoder => _replicas[0];

    /// <summary>The mean cross-entropy of the batch in nats; its gradient is left in the parameters of <see cref="Decoder"/>.</summary>
    public double Compute(int[][] batch)
    {
        var tokens = batch.Sum(sequence => sequence.Length - 1);
        var losses = new double[Shards];
        _lanes.Run(Shards, (_, shard) =>
        {
            if (shard > 0)
                _replicas[shard].CopyFrom(Decoder);
            losses[shard] = Backward(_replicas[shard], Shard(batch, shard), tokens);
        });
        OnLane(() =>
        {
            foreach (var replica in _replicas.AsSpan(1))
                Decoder.AddGradients(replica);
        });
        return losses.Sum();
    }

    /// <summary>Runs an action on one of the threads that compute.</summary>
    public void OnLane(Action action) => _lanes.Run(1, (_, _) => action());

    public void Dispose()
    {
        _lanes.Dispose();
        foreach (var replica in _replicas)
            replica.Dispose();
    }

    private static ReadOnlySpan<int[]> Shard(int[][] batch, int shard) =>
        batch.AsSpan((batch.Length * shard / Shards)..(batch.Length * (shard + 1) / Shards));

    private static double Backward(TrainableDecoder decoder, ReadOnlySpan<int[]> batch, int tokens)
    {
        decoder.ClearGradients();
        if (batch.IsEmpty)
            return 0;
        using var scope = NewDisposeScope();
        var (ids, targets) = TokenBatches.Pad(batch);
        var logits = decoder.Logits(ids).flatten(0, 1);
        var loss = functional.cross_entropy(logits, targets.flatten(), ignore_index: TokenBatches.NoTarget, reduction: Reduction.Sum) / tokens;
        loss.backward();
        return loss.item<float>();
    }
}
