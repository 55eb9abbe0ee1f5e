namespace ComPO.Node.Bench;

/// <summary>A perturbation beside its bare parts, as text shows it after the seconds themselves.</summary>
/// <param name="ProductRatio">Of its seconds to those of the bare product.</param>
/// <param name="NoiseRatio">To those of the bare noise.</param>
/// <param name="ExpRatio">To those of the bare exponentials.</param>
internal sealed record BareRatios(double ProductRatio, double NoiseRatio, double ExpRatio)
{
    /// <summary>The ratios of seconds a perturbation to those of its parts.</summary>
    public static BareRatios Of(double each, double product, double noise, double exponentials) => new(each / product, each / noise, each / exponentials);
}
