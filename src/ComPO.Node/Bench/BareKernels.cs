using ComPO.Core.Noise;
using ComPO.Torch.Heads;
using ComPO.Torch.Native;
using static TorchSharp.torch;

namespace ComPO.Node.Bench;

/// <summary>
/// The three parts of a probe alone, over as many threads: the whole, not triangular, product [n, k]·[k, V] in the probe's type,
/// V·k values of noise, and n·V exponentials. Each thread does its share of the vocabulary.
/// </summary>
internal sealed class BareKernels(int rows, int coordinates, int vocabularySize, HeadPrecision precision, int threads)
{
    private const int SlabRows = 1024;

    private readonly int _share = (vocabularySize + threads - 1) / threads;

    /// <summary>Seconds of one product.</summary>
    public double ProductSeconds(int repetitions)
    {
        var seconds = new double[repetitions];
        using var turns = new Barrier(threads);
        Measurement.OnThreads(threads, worker =>
        {
            using var alone = TorchThreads.Use(1);
            using var scope = NewDisposeScope();
            var type = precision == HeadPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
            // Slabs of the head's rows from the cache, as large as the library likes them: nothing is made or read from far away.
            var height = Math.Min(SlabRows * 256 / Math.Min(coordinates, 1024), _share);
            var factor = randn(rows, coordinates).to(type);
            var noise = randn(height, coordinates).to(type).t();
            var product = zeros(rows, height, type);
            for (var repetition = -1; repetition < repetitions; repetition++)
            {
                turns.SignalAndWait();
                var elapsed = Measurement.Seconds(() =>
                {
                    for (var done = 0; done + height <= _share; done += height)
                        product.addmm_(factor, noise, beta: 0, alpha: 1);
                });
                if (worker == 0 && repetition >= 0)
                    seconds[repetition] = elapsed * _share / (_share / height * height);
            }
        });
        return Measurement.Median(seconds);
    }

    /// <summary>Seconds of the noise of one perturbation.</summary>
    public double NoiseSeconds(int repetitions)
    {
        const int piece = 1 << 17;
        var values = (long)_share * coordinates;
        return Measure(repetitions, () =>
        {
            var (narrow, wide) = (new ushort[piece], new float[piece]);
            return () =>
            {
                for (var done = 0L; done < values; done += piece)
                {
                    var count = (int)Math.Min(piece, values - done);
                    if (precision == HeadPrecision.BFloat16)
                        PerturbationNoise.FillBFloat16(new NoiseKey(3, 4), 5, done, narrow.AsSpan(0, count));
                    else
                        PerturbationNoise.Fill(new NoiseKey(3, 4), 5, done, wide.AsSpan(0, count));
                }
            };
        });
    }

    /// <summary>Seconds of the exponentials of one perturbation: p·(exp δ − 1), summed, over n·V entries.</summary>
    public double ExponentialSeconds(int repetitions)
    {
        return Measure(repetitions, () =>
        {
            var probabilities = new float[rows * _share];
            Array.Fill(probabilities, 1f / vocabularySize);
            var (narrow, wide) = (new ushort[_share], new float[_share]);
            PerturbationNoise.FillBFloat16(new NoiseKey(3, 4), 5, 0, narrow);
            PerturbationNoise.Fill(new NoiseKey(3, 4), 5, 0, wide);
            return () =>
            {
                for (var row = 0; row < rows; row++)
                {
                    var own = probabilities.AsSpan(row * _share, _share);
                    if (precision == HeadPrecision.BFloat16)
                        ProbeKernels.SumExponentials(own, narrow, 0.03f);
                    else
                        ProbeKernels.SumExponentials(own, wide, 0.03f);
                }
            };
        });
    }

    private double Measure(int repetitions, Func<Action> make)
    {
        var seconds = new double[repetitions];
        using var turns = new Barrier(threads);
        Measurement.OnThreads(threads, worker =>
        {
            var work = make();
            for (var repetition = -2; repetition < repetitions; repetition++)
            {
                turns.SignalAndWait();
                var elapsed = Measurement.Seconds(work);
                if (worker == 0 && repetition >= 0)
                    seconds[repetition] = elapsed;
            }
        });
        return Measurement.Median(seconds);
    }
}
