namespace ComPO.Benchmarks;

/// <summary>The middle of several measurements, which one interruption does not move.</summary>
internal static class Medians
{
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
