namespace ComPO.Torch.Heads;

/// <summary>What one compute thread keeps between items: its scratch memory. Never shared.</summary>
internal sealed class Lane : IDisposable
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

    public void Dispose() => _scratch?.Dispose();
}
