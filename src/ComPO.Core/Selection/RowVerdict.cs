using ComPO.Core.Pairs;

namespace ComPO.Core.Selection;

/// <summary>What a row of the data is to the selection: a noisy pair, a clean one, or none for some reason. One byte, so that many travel in little.</summary>
public readonly record struct RowVerdict
{
    private const byte FirstReason = 2;

    private static readonly int Reasons = Enum.GetValues<SkipReason>().Length;

    private RowVerdict(byte code) => Code = code;

    /// <summary>A pair about which the model is not in doubt.</summary>
    public static RowVerdict Clean { get; } = new(0);

    /// <summary>A pair to train on.</summary>
    public static RowVerdict Noisy { get; } = new(1);

    /// <summary>The verdict as a byte.</summary>
    public byte Code { get; }

    /// <summary>Whether it is a pair to train on.</summary>
    public bool IsNoisy => this == Noisy;

    /// <summary>Why the row is no pair; null when it is one.</summary>
    public SkipReason? Skipped => Code >= FirstReason ? (SkipReason)(Code - FirstReason) : null;

    /// <summary>No pair.</summary>
    public static RowVerdict SkippedFor(SkipReason reason) => new((byte)(FirstReason + (int)reason));

    /// <summary>Reads <see cref="Code"/>.</summary>
    /// <returns>Whether there is such a verdict.</returns>
    public static bool TryRead(byte code, out RowVerdict verdict)
    {
        verdict = new RowVerdict(code);
        return code < FirstReason + Reasons;
    }
}
