namespace ComPO.Cluster.Aggregation;

/// <summary>
/// Divides each iteration's perturbations into blocks: so long, by how fast devices probed in the one before, that what is said about a block costs next
/// to nothing beside it, and smaller towards the end where there are several, so that they end together. It changes no result.
/// </summary>
/// <param name="smallest">The smallest block but the last of an iteration, in perturbations.</param>
/// <param name="enough">A block that takes so long needs to be no larger.</param>
internal sealed class BlockDivision(int smallest, TimeSpan enough)
{
    // At most this part of a device's share of what is left is a block.
    private const int Parts = 4;

    // What a device probes in that time; nothing is known at first.
    private double _perturbationsEnough;

    /// <summary>Takes down how fast devices were.</summary>
    /// <param name="seconds">How long they probed.</param>
    /// <param name="perturbations">How many perturbations together.</param>
    /// <param name="devices">How many devices.</param>
    public void Learn(double seconds, int perturbations, int devices) =>
        _perturbationsEnough = seconds > 0 && devices > 0 ? enough.TotalSeconds / seconds * perturbations / devices : 0;

    /// <summary>The sizes of all blocks, in order: multiples of the smallest, but for the last one.</summary>
    /// <param name="perturbations">m.</param>
    /// <param name="devices">How many devices are going to share them, as far as is known.</param>
    public int[] Divide(int perturbations, int devices)
    {
        var sizes = new List<int>();
        for (var left = perturbations; left > 0; left -= sizes[^1])
        {
            // A device alone ends with itself.
            var most = (int)Math.Min(_perturbationsEnough, devices > 1 ? left / (Parts * devices) : left);
            sizes.Add(Math.Min(left, Math.Max(smallest, most / smallest * smallest)));
        }
        return [.. sizes];
    }

    /// <summary>The sizes of an iteration that has been begun: all are the smallest, of which whatever is known is made up.</summary>
    public int[] DivideAnew(int perturbations) => new BlockDivision(smallest, enough).Divide(perturbations, 1);
}
