namespace ComPO.Core.Theory;

/// <summary>The standard normal distribution in float64.</summary>
public static class NormalDistribution
{
    private const double Series = 3;

    /// <summary>φ(x).</summary>
    public static double Density(double x) => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);

    /// <summary>Φ(x), to about 1e-15, in the tails relative to themselves.</summary>
    public static double Cumulative(double x) =>
        double.IsNaN(x) ? double.NaN
        : Math.Abs(x) <= Series ? 0.5 + Density(x) * CentralSeries(x)
        : x < 0 ? Density(x) / TailFraction(-x)
        : 1 - Density(x) / TailFraction(x);

    // (Φ(x) − ½)/φ(x) = x + x³/3 + x⁵/(3·5) + … (Marsaglia, "Evaluating the Normal Distribution", 2004).
    private static double CentralSeries(double x)
    {
        var (sum, term) = (x, x);
        for (var n = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); n += 2)
        {
            term *= x * x / n;
            sum += term;
        }
        return sum;
    }

    // φ(x)/Φ(−x) = x + 1/(x + 2/(x + 3/(x + …))), Laplace's continued fraction; 150 terms are enough from x = 3 on.
    private static double TailFraction(double x)
    {
        var fraction = x;
        for (var n = 150; n >= 1; n--)
            fraction = x + n / fraction;
        return fraction;
    }
}
