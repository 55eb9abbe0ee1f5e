namespace ComPO.Core.Oracle;

/// <summary>
/// Final-logit soft-capping (Gemma 2): cap(x) = c·tanh(x/c), with its first two derivatives. Without a
/// cap it is the identity.
/// </summary>
public static class LogitCap
{
    /// <summary>cap(x).</summary>
    public static double Apply(double x, double? cap) => cap is { } c ? c * Math.Tanh(x / c) : x;

    /// <summary>cap′(x) = 1 − tanh²(x/c).</summary>
    public static double Slope(double x, double? cap)
    {
        if (cap is not { } c)
            return 1;
        var t = Math.Tanh(x / c);
        return 1 - t * t;
    }

    /// <summary>cap″(x) = −2·tanh(x/c)·(1 − tanh²(x/c))/c.</summary>
    public static double Curvature(double x, double? cap)
    {
        if (cap is not { } c)
            return 0;
        var t = Math.Tanh(x / c);
        return -2 * t * (1 - t * t) / c;
    }
}
