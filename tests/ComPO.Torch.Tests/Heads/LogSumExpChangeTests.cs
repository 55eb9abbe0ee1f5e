using ComPO.Torch.Heads;

namespace ComPO.Torch.Tests.Heads;

public sealed class LogSumExpChangeTests
{
    [Theory]
    [InlineData(1, 1e-4f)]
    [InlineData(15, 1e-2f)]
    [InlineData(64, 0.3f)]
    [InlineData(531, 1f)]
    [InlineData(531, 9f)]
    public void The_sum_is_that_of_float64_to_float32_precision(int count, float radius)
    {
        var (probabilities, tanh, product) = Row(count);
        double plain = 0, capped = 0, plainSize = 0, cappedSize = 0;
        const double cap = 4;
        for (var v = 0; v < count; v++)
        {
            double x = cap * Math.Atanh(tanh[v]), change = radius * product[v];
            var cappedChange = cap * Math.Tanh((x + change) / cap) - cap * tanh[v];
            plain += probabilities[v] * (Math.Exp(change) - 1);
            plainSize += Math.Abs(probabilities[v] * (Math.Exp(change) - 1));
            capped += probabilities[v] * (Math.Exp(cappedChange) - 1);
            cappedSize += Math.Abs(probabilities[v] * (Math.Exp(cappedChange) - 1));
        }

        Assert.Equal(plain, LogSumExpChange.Sum(probabilities, product, radius), plainSize * 2e-6);
        Assert.Equal(capped, LogSumExpChange.Sum(probabilities, tanh, product, radius, (float)cap), cappedSize * 4e-6);
    }

    [Theory]
    [InlineData(15, 1e-2f)]
    [InlineData(531, 0.1f)]
    [InlineData(531, 9f)]
    public void A_product_in_bfloat16_gives_the_same_bits_as_when_it_is_widened_first(int count, float radius)
    {
        var (probabilities, _, product) = Row(count);
        var narrow = Array.ConvertAll(product, x => (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16));
        var wide = Array.ConvertAll(narrow, x => BitConverter.UInt32BitsToSingle((uint)x << 16));

        Assert.Equal(LogSumExpChange.Sum(probabilities, wide, radius), LogSumExpChange.Sum(probabilities, narrow, radius));
    }

    [Fact]
    public void Where_the_row_ends_changes_nothing_for_what_comes_before()
    {
        var (probabilities, _, product) = Row(48);
        probabilities.AsSpan(33).Clear();
        Assert.Equal(
            LogSumExpChange.Sum(probabilities, product, 0.1f),
            LogSumExpChange.Sum(probabilities.AsSpan(0, 33), product.AsSpan(0, 33), 0.1f), 1e-16);
    }

    private static (float[] Probabilities, float[] Tanh, float[] Product) Row(int count)
    {
        var (probabilities, tanh, product) = (new float[count], new float[count], new float[count]);
        for (var v = 0; v < count; v++)
        {
            probabilities[v] = 2f * (v + 1) / (count * (count + 1f));
            tanh[v] = 0.98f * MathF.Sin(3 * v);
            product[v] = 2 * MathF.Cos(7 * v + 1);
        }

        return (probabilities, tanh, product);
    }
}
