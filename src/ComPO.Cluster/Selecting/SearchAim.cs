namespace ComPO.Cluster.Selecting;

/// <summary>What a search is after.</summary>
/// <param name="From">The row at which it begins.</param>
/// <param name="Pairs">How many pairs are to be known; 0 when nothing is wanted.</param>
/// <param name="IsUrgent">Whether the run waits for the first of them.</param>
internal readonly record struct SearchAim(int From, int Pairs, bool IsUrgent)
{
    /// <summary>Nothing.</summary>
    public static SearchAim Nothing => default;
}
