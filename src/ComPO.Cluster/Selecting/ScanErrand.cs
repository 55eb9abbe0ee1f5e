using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Selecting;

/// <summary>Rows that one node has been asked to look at.</summary>
/// <param name="Number">The number of the request.</param>
/// <param name="Node">The node's address.</param>
/// <param name="First">The first row.</param>
/// <param name="Count">How many rows.</param>
/// <param name="IsUrgent">Whether the run waits for them.</param>
/// <param name="Origin">What the rows are to be judged by; null for whatever the node has.</param>
internal sealed record ScanErrand(long Number, string Node, int First, int Count, bool IsUrgent, Digest? Origin)
{
    /// <summary>The message that asks for it.</summary>
    public ScanRows Request => new(Number, First, Count, IsUrgent, Origin);

    /// <summary>The last row.</summary>
    public int Last => First + Count - 1;

    /// <summary>Whether a row is among them.</summary>
    public bool Covers(int row) => row >= First && row <= Last;
}
