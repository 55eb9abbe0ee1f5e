namespace ComPO.Torch.Heads;

/// <summary>What one compute thread keeps between items: its scratch memory. Never shared.</summary>
internal sealed class Lane(LaneGate gate) : IDisposable
{
    private ProbeScratch? _scratch;

    /// <summary>Scratch of this shape: the present one if it fits, else a new one in its place.</summary>
    public ProbeScratch Scratch(ProbeShape shape)
    {
        if (_scratch is { } present && present.Shape == shape)
            return present;
        _scratch?.Dispose();
        _scratch = null;
        return _scratch = new ProbeScratch(shape);
    }

    /// <summary>Where an item that takes long may be given up, or stand still while the engine rests.</summary>
    /// <exception cref="OperationCanceledException">It is given up.</exception>
    public void Checkpoint(CancellationToken cancellation)
    {
        gate.Checkpoint();
        cancellation.ThrowIfCancellationRequested();
    }

    public void Dispose() => _scratch?.Dispose();
}
