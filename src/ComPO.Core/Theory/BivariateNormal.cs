namespace ComPO.Core.Theory;

/// <summary>
/// Upper orthant probabilities of two standard normals, to about 1e-14: Genz, "Numerical Computation of Rectangular
/// Bivariate and Trivariate Normal and t Probabilities" (Statistics and Computing 14, 2004), a refinement of Drezner and Wesolowsky.
/// </summary>
public static class BivariateNormal
{
    private const double StrongCorrelation = 0.925;

    // Beyond this exponent a term is nothing.
    private const double Vanishing = -100;

    private static readonly GaussLegendre Rule = new(20);

    /// <summary>P(X &gt; <paramref name="s1"/>, Y &gt; <paramref name="s2"/>) at correlation <paramref name="rho"/>.</summary>
    /// <param name="s1">The first threshold; may be infinite.</param>
    /// <param name="s2">The second threshold; may be infinite.</param>
    /// <param name="rho">The correlation, −1 to 1; rounding beyond that is forgiven.</param>
    public static double UpperProbability(double s1, double s2, double rho)
    {
        if (double.IsInfinity(s1) || double.IsInfinity(s2))
            return NormalDistribution.Cumulative(-s1) * NormalDistribution.Cumulative(-s2);
        rho = Math.Clamp(rho, -1, 1);
        var probability = Math.Abs(rho) < StrongCorrelation ? Moderate(s1, s2, rho) : Strong(s1, s2, rho);
        return Math.Clamp(probability, 0, 1);
    }

    // Plackett's integral over the correlation, from independence on.
    private static double Moderate(double h, double k, double rho)
    {
        var halfSquares = (h * h + k * k) / 2;
        var halfAngle = Math.Asin(rho) / 2;
        var sum = 0.0;
        for (var i = 0; i < Rule.Nodes.Length; i++)
        {
            var sine = Math.Sin(halfAngle * (1 + Rule.Nodes[i]));
            sum += Rule.Weights[i] * Math.Exp((sine * h * k - halfSquares) / (1 - sine * sine));
        }
        return sum * halfAngle / (2 * Math.PI) + NormalDistribution.Cumulative(-h) * NormalDistribution.Cumulative(-k);
    }

    // The same integral from perfect correlation down, with the singular part of the integrand taken out by a series.
    private static double Strong(double h, double k, double rho)
    {
        if (rho < 0)
            k = -k;
        var missing = Math.Abs(rho) < 1 ? MissingFromPerfect(h, k, rho) : 0;
        if (rho > 0)
            return missing + NormalDistribution.Cumulative(-Math.Max(h, k));
        var between = h >= k ? 0
            : h < 0 ? NormalDistribution.Cumulative(k) - NormalDistribution.Cumulative(h)
            : NormalDistribution.Cumulative(-h) - NormalDistribution.Cumulative(-k);
        return between - missing;
    }

    private static double MissingFromPerfect(double h, double k, double rho)
    {
        var hk = h * k;
        var variance = (1 - rho) * (1 + rho);
        var a = Math.Sqrt(variance);
        var squaredGap = (h - k) * (h - k);
        var c = (4 - hk) / 8;
        var d = (12 - hk) / 80;
        var exponent = -(squaredGap / variance + hk) / 2;
        var sum = exponent > Vanishing
            ? a * Math.Exp(exponent) * (1 - c * (squaredGap - variance) * (1 - d * squaredGap) / 3 + c * d * variance * variance)
            : 0;
        if (hk > Vanishing)
        {
            var gap = Math.Sqrt(squaredGap);
            var tail = Math.Sqrt(2 * Math.PI) * NormalDistribution.Cumulative(-gap / a);
            sum -= Math.Exp(-hk / 2) * tail * gap * (1 - c * squaredGap * (1 - d * squaredGap) / 3);
        }
        a /= 2;
        for (var i = 0; i < Rule.Nodes.Length; i++)
        {
            var x = a * (1 + Rule.Nodes[i]);
            var x2 = x * x;
            var at = -(squaredGap / x2 + hk) / 2;
            if (at <= Vanishing)
                continue;
            var root = Math.Sqrt(1 - x2);
            var series = 1 + c * x2 * (1 + 5 * d * x2);
            var integrand = Math.Exp(-hk / 2 * x2 / ((1 + root) * (1 + root))) / root;
            sum += a * Rule.Weights[i] * Math.Exp(at) * (integrand - series);
        }
        return -sum / (2 * Math.PI);
    }
}
