using ComPO.Core.Numerics;

namespace ComPO.Core.Features;

/// <summary>
/// An orthonormal basis of the rows of H, by Householder reflections in float64 (Golub, Van Loan: Matrix
/// Computations, 5.2). It is orthonormal whatever the rank of H: no tolerance, no rank to guess.
/// </summary>
internal static class OrthonormalBasis
{
    /// <summary>Qᵀ [n, d] float32 of H [n, d] with n ≤ d; the first t + 1 rows span row t of H.</summary>
    public static float[] Of(ReadOnlySpan<float> hiddenStates, int rows, int hiddenSize)
    {
        var reflectors = Widen(hiddenStates, rows, hiddenSize);
        for (var j = 0; j < rows; j++)
        {
            var normal = reflectors[j].AsSpan(j);
            MakeReflector(normal);
            for (var t = j + 1; t < rows; t++)
                Reflect(normal, reflectors[t].AsSpan(j));
        }

        var basis = new float[rows * hiddenSize];
        var direction = new double[hiddenSize];
        for (var c = 0; c < rows; c++)
        {
            Array.Clear(direction);
            direction[c] = 1;
            for (var j = c; j >= 0; j--)
                Reflect(reflectors[j].AsSpan(j), direction.AsSpan(j));
            for (var i = 0; i < hiddenSize; i++)
                basis[c * hiddenSize + i] = (float)direction[i];
        }
        return basis;
    }

    private static double[][] Widen(ReadOnlySpan<float> values, int rows, int columns)
    {
        var wide = new double[rows][];
        for (var t = 0; t < rows; t++)
        {
            wide[t] = new double[columns];
            for (var i = 0; i < columns; i++)
                wide[t][i] = values[t * columns + i];
        }
        return wide;
    }

    // The unit normal of the mirror that takes x to a multiple of the first axis; zero for x = 0: no mirror at all.
    private static void MakeReflector(Span<double> x)
    {
        var norm = Math.Sqrt(FixedOrder.Dot(x, x));
        if (norm == 0)
            return;
        x[0] += x[0] < 0 ? -norm : norm;
        var length = Math.Sqrt(FixedOrder.Dot(x, x));
        for (var i = 0; i < x.Length; i++)
            x[i] /= length;
    }

    private static void Reflect(ReadOnlySpan<double> normal, Span<double> vector) =>
        FixedOrder.AddScaled(vector, -2 * FixedOrder.Dot(normal, vector), normal);
}
