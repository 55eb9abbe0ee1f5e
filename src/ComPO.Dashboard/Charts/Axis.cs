namespace ComPO.Dashboard.Charts;

/// <summary>A range of values with round numbers to mark it, and where a value lies in it.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end, above the lower.</param>
/// <param name="Ticks">The round numbers in it.</param>
public sealed record Axis(double Low, double High, IReadOnlyList<double> Ticks)
{
    /// <summary>Round numbers about so many steps apart, which the range is widened to.</summary>
    public static Axis Round(IEnumerable<double> values, int steps = 4)
    {
        var (low, high) = Extremes(values);
        var step = RoundStep((high - low) / steps);
        var (first, last) = ((long)Math.Floor(low / step + 1e-9), (long)Math.Ceiling(high / step - 1e-9));
        var ticks = Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step).ToArray();
        return new Axis(ticks[0], ticks[^1], ticks);
    }

    /// <summary>The range as it is, with the round whole numbers in it.</summary>
    public static Axis Whole(double first, double last, int steps = 6)
    {
        if (first >= last)
            return new Axis(first - 1, first + 1, [first]);
        var step = Math.Max(1, RoundStep((last - first) / steps));
        var from = (long)Math.Ceiling(first / step);
        var ticks = Enumerable.Range(0, (int)((long)Math.Floor(last / step) - from) + 1).Select(i => (from + i) * step);
        return new Axis(first, last, [.. ticks]);
    }

    /// <summary>Where a value lies, from 0 at the lower end to 1 at the upper.</summary>
    public double At(double value) => Math.Clamp((value - Low) / (High - Low), 0, 1);

    private static (double Low, double High) Extremes(IEnumerable<double> values)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values.Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high)
            return (0, 1);
        // One value alone gets some room around it.
        var room = Math.Max(Math.Abs(low), 1e-3) * 0.05;
        return high - low > 1e-12 ? (low, high) : (low - room, high + room);
    }

    // 1, 2 or 5 times a power of ten, the next above.
    private static double RoundStep(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return power * (least / power) switch
        {
            <= 1.0000001 => 1,
            <= 2.0000001 => 2,
            <= 5.0000001 => 5,
            _ => 10,
        };
    }
}
