namespace ComPO.Simulation;

/// <summary>How simulated devices behave: a fixed function of device, block and attempt, so that a simulation can be repeated.</summary>
/// <param name="Typical">How long a block usually takes.</param>
/// <param name="FailingShare">Share of the attempts that fail, from 0 to 1.</param>
/// <param name="StragglingShare">Share of the attempts that take ten times as long, from 0 to 1.</param>
public sealed record Conduct(TimeSpan Typical, double FailingShare = 0, double StragglingShare = 0)
{
    private const int StragglersTake = 10;

    /// <summary>How long an attempt takes: half to one and a half of what is typical, or much longer.</summary>
    public TimeSpan Latency(int device, int block, int attempt) =>
        Typical * ((0.5 + Draw(device, block, attempt, 1)) * (Draw(device, block, attempt, 2) < StragglingShare ? StragglersTake : 1));

    /// <summary>Whether an attempt fails.</summary>
    public bool Fails(int device, int block, int attempt) => Draw(device, block, attempt, 3) < FailingShare;

    // SplitMix64's finaliser over the four numbers; uniform in [0, 1).
    private static double Draw(int device, int block, int attempt, int stream)
    {
        var x = ((ulong)(uint)device << 40) ^ ((ulong)(uint)block << 16) ^ ((ulong)(uint)attempt << 4) ^ (uint)stream;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return ((x ^ (x >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
