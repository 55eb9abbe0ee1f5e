using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Replay;
using ComPO.Core.Runs;

namespace ComPO.Core.Tests.Replay;

public sealed class LargestEntriesTests
{
    private static readonly HeadShape Shape = new(400, 10);

    [Theory]
    [InlineData(1e-9, null)]
    [InlineData(0.0118, null)]
    [InlineData(0.5, null)]
    [InlineData(0.9, null)]
    [InlineData(1.0, null)]
    [InlineData(null, 0.0)]
    [InlineData(null, 0.03)]
    [InlineData(null, 1.0)]
    public void What_is_kept_is_what_sorting_keeps_however_the_rows_arrive(double? density, double? threshold)
    {
        foreach (var lifted in new[] { Growing(), Shrinking(), MostlyZero() })
        {
            var norm = Math.Sqrt(lifted.Sum(value => (double)value * value));
            var cut = density is { } share
                ? lifted.Select(Math.Abs).OrderDescending().ElementAt((int)Math.Max(1, Math.Ceiling(share * lifted.Length)) - 1)
                : 0;
            var expected = Enumerable.Range(0, lifted.Length)
                .Where(i => lifted[i] != 0 && Math.Abs(lifted[i]) >= cut && (threshold is null || (float)(Math.Abs(lifted[i]) / norm) >= threshold))
                .ToArray();

            foreach (var rowsAtOnce in new[] { 1, 7, 400 })
            {
                var entries = new LargestEntries(Shape, new RunSettings { Model = "m", Data = "d", Density = density, Threshold = threshold });
                var sum = 0.0;
                for (var first = 0; first < Shape.VocabularySize; first += rowsAtOnce)
                {
                    var rows = lifted.AsSpan(first * 10, Math.Min(rowsAtOnce, Shape.VocabularySize - first) * 10);
                    foreach (var value in rows)
                        sum += (double)value * value;
                    entries.Add(rows, Math.Sqrt(sum));
                }
                var (update, found) = entries.Take(norm);

                Assert.Equal(expected, update.Indices);
                Assert.Equal(expected.Select(i => (float)(lifted[i] / norm)), update.Values);
                if (density is not null)
                    Assert.Equal(Math.Max(float.Epsilon, cut), found);
            }
        }
    }

    private static float[] Growing() => [.. Normal().Select((value, i) => value * (1 + i / 1000f))];

    private static float[] Shrinking() => [.. Normal().Select((value, i) => value / (1 + i / 1000f))];

    private static float[] MostlyZero() => [.. Normal().Select((value, i) => i % 5 == 0 ? MathF.Round(value) : 0)];

    private static float[] Normal()
    {
        var values = new float[Shape.EntryCount];
        PerturbationNoise.Fill(new NoiseKey(5, 5), 0, 0, values);
        return values;
    }
}
