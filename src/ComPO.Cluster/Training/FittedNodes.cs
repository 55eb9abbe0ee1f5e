using ComPO.Protocol;
using MemoryPack;

namespace ComPO.Cluster.Training;

/// <summary>
/// Makes what is said of many trainers fit a message, because a larger one never arrives. What is missed least goes first: the ends of long notes, then
/// which of its devices does what. Sums over a trainer's devices stay what they are.
/// </summary>
internal static class FittedNodes
{
    private static readonly Func<NodeStatus, NodeStatus>[] Shorter =
    [
        node => node, node => WithNote(node, 256), node => WithOneDevice(WithNote(node, 256)), node => WithOneDevice(WithNote(node, 64)),
        node => WithOneDevice(node with { Note = null }),
    ];

    /// <summary>The nodes, as much of each as fits.</summary>
    /// <param name="nodes">All that is known of them.</param>
    /// <param name="mostBytes">What there is room for.</param>
    public static NodeStatus[] Of(NodeStatus[] nodes, int mostBytes)
    {
        var fitted = nodes;
        foreach (var shorten in Shorter)
        {
            fitted = Array.ConvertAll(nodes, node => shorten(node));
            if (BytesOf(fitted) <= mostBytes)
                return fitted;
        }
        // Only of names without measure: then those that come first have to do.
        while (BytesOf(fitted) > mostBytes)
            fitted = fitted[..(fitted.Length / 2)];
        return fitted;
    }

    private static int BytesOf(NodeStatus[] nodes) => MemoryPackSerializer.Serialize(nodes).Length;

    private static NodeStatus WithNote(NodeStatus node, int most) =>
        node.Note is { } note && note.Length > most ? node with { Note = note[..(most - 1)] + "…" } : node;

    private static NodeStatus WithOneDevice(NodeStatus node) => node.Devices.Length < 2 ? node : node with
    {
        Devices =
        [
            new DeviceStatus(
                $"{node.Devices.Length} devices",
                // What a stranger makes up may be more than there is.
                (int)node.Devices.Sum(device => (double)device.Threads),
                (long)node.Devices.Sum(device => (double)device.MemoryBytes),
                node.Devices.Sum(device => device.BlocksPerSecond),
                node.Devices.Average(device => device.Load)),
        ],
    };
}
