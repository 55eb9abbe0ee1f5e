namespace ComPO.Core.Noise;

/// <summary>
/// Polynomials of degree 4 that, rounded, are the magnitudes of <see cref="NormalQuantileTable"/> in standard deviations: one for each
/// half octave of the probability that a magnitude is exceeded. Found by a discrete exchange (Remez) that keeps each entry
/// as far as possible from the edges between which it rounds to the right value; <see cref="CalculatedQuantiles"/> takes them only where all
/// entries come out as in the table.
/// </summary>
internal static class QuantilePolynomials
{
    /// <summary>How many there are.</summary>
    public const int Count = 32;

    /// <summary>The middle of the mantissas, in [1, 1.5), of a half octave: polynomials are in the distance from it.</summary>
    public const float Middle = 1.25f;

    /// <summary>
    /// [5, 32]: from the fourth powers down to the constants, the coefficients of all polynomials. Which one it is the first bit of the
    /// mantissa says, with the last four of the exponent before it.
    /// </summary>
    public static ReadOnlySpan<float> Coefficients =>
    [
        0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f,
        4.49758673f, 4.18453407f, -1.29236114f, -0.631421208f, 3.13674688f, -2.2291441f, -0.659113228f, -0.592790246f,
        -0.253009707f, 0.451224476f, -0.0359700359f, -0.461019039f, 0.0803241804f, 0.091699712f, -0.0436590873f, 0.0357812271f,
        0.0663151518f, 0.00195641327f, 0.0502766818f, 0.00301738386f, 0.0447270982f, 0.00582866604f, 0f, 0f,

        0f, 0f, 0f, 0f, 0f, 0f, 1.33333337f, 0f,
        1.07154977f, 0.211908281f, 0.57831192f, -0.110200033f, 0.177398518f, -0.149826139f, 0.0356777273f, -0.0889683515f,
        -0.0100976992f, 0.0674171224f, -0.016313443f, -0.0612374768f, -0.0471334457f, -0.0186238941f, -0.0563394316f, -0.0268593077f,
        -0.0666452125f, -0.0268747881f, -0.0736890137f, -0.0313092507f, -0.0886093378f, -0.0447055586f, 0f, 0f,

        0f, 0f, 0f, 0f, 0f, 0f, 0.25f, -0f,
        -0.0677268952f, -0.150824115f, 0.207946733f, 0.0205338262f, -0.000985232531f, 0.163901851f, 0.139010638f, 0.067039609f,
        0.116160229f, 0.0308365673f, 0.108665481f, 0.0760031343f, 0.108928233f, 0.053747315f, 0.124237388f, 0.062198028f,
        0.12842299f, 0.0688797235f, 0.137056857f, 0.0699028745f, 0.121822312f, 0.0316980034f, 0f, 0f,

        0f, 0f, 0f, 0f, -0.1875f, -0.125f, -0.255208343f, -0.125f,
        -0.270132005f, -0.166932151f, -0.252239585f, -0.163213938f, -0.247221723f, -0.177209586f, -0.261131406f, -0.186312556f,
        -0.278405577f, -0.207502246f, -0.300357133f, -0.222421542f, -0.329788357f, -0.248133406f, -0.369839013f, -0.282016486f,
        -0.428076535f, -0.333688438f, -0.521777153f, -0.423423141f, -0.706146002f, -0.63446331f, 0f, 0f,

        0f, 4.0625f, 3.953125f, 3.875f, 3.7890625f, 3.703125f, 3.60839844f, 3.5234375f,
        3.42946005f, 3.33392668f, 3.23304152f, 3.13804364f, 3.03103685f, 2.92703128f, 2.81441307f, 2.70519209f,
        2.58394408f, 2.46586919f, 2.33535051f, 2.20649076f, 2.06363153f, 1.92149806f, 1.76174486f, 1.60113966f,
        1.4179368f, 1.22998536f, 1.01011455f, 0.776545644f, 0.488898128f, 0.157432988f, 4.3125f, 0f,
    ];
}
