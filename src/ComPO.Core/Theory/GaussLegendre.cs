namespace ComPO.Core.Theory;

/// <summary>Nodes and weights of Gauss-Legendre quadrature on [−1, 1], by Newton's method on the polynomial.</summary>
internal sealed class GaussLegendre
{
    public GaussLegendre(int points)
    {
        (Nodes, Weights) = (new double[points], new double[points]);
        for (var i = 0; i < points; i++)
        {
            var x = -Math.Cos(Math.PI * (i + 0.75) / (points + 0.5));
            var slope = 0.0;
            for (var step = 0; step < 8; step++)
            {
                (var value, slope) = Legendre(points, x);
                x -= value / slope;
            }
            Nodes[i] = x;
            Weights[i] = 2 / ((1 - x * x) * slope * slope);
        }
    }

    public double[] Nodes { get; }

    public double[] Weights { get; }

    private static (double Value, double Slope) Legendre(int degree, double x)
    {
        var (previous, value) = (1.0, x);
        for (var n = 2; n <= degree; n++)
            (previous, value) = (value, ((2 * n - 1) * x * value - (n - 1) * previous) / n);
        return (value, degree * (x * value - previous) / (x * x - 1));
    }
}
