using System.Diagnostics;
using ComPO.Torch.Bodies;
using ComPO.Torch.Configuration;
using ComPO.Torch.Native;
using static TorchSharp.torch;

namespace ComPO.Torch.Benchmarks;

/// <summary>How fast a decoder runs, beside the fastest that the same number of multiplications could: one plain matrix product.</summary>
public static class BodyBenchmark
{
    /// <summary>The blocks of a 7B model, four of them: hidden size 4096, inner 14336, 32 query heads, 8 key heads. The vocabulary plays no part.</summary>
    public static ModelConfig SevenBillionShape { get; } = new()
    {
        Family = DecoderFamily.Mistral,
        VocabularySize = 1024,
        HiddenSize = 4096,
        IntermediateSize = 14336,
        LayerCount = 4,
        HeadCount = 32,
        KeyValueHeadCount = 8,
        HeadSize = 128,
        NormEpsilon = 1e-5,
        RopeTheta = 1e6,
        ContextLength = 32768,
    };

    /// <summary>Times a body of random bfloat16 weights and the product in turn, and takes the best of each, because what else runs on a machine only ever slows.</summary>
    /// <param name="config">The body's shape.</param>
    /// <param name="tokens">The length of the sequence.</param>
    /// <param name="threads">Threads to compute on.</param>
    /// <param name="repeats">How often each is timed, after one run that is not.</param>
    /// <param name="cancellation">Ends the measurement between two runs.</param>
    public static BodyThroughput Measure(ModelConfig config, int tokens, int threads, int repeats, CancellationToken cancellation)
    {
        Libtorch.EnsureLoaded();
        using var lanes = TorchThreads.Use(threads);
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var operations = Operations(config, tokens);
        using var body = new DecoderBody(DecoderDescription.Of(config), RandomWeights(config));
        var ids = Enumerable.Range(0, tokens).Select(i => (long)i * 7919 % config.VocabularySize).ToArray();
        var states = Random([tokens, config.HiddenSize]);
        var matrix = Random([operations / (2L * tokens * config.HiddenSize), config.HiddenSize]);

        var (bodySeconds, productSeconds) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var run = 0; run <= repeats; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (once, product) = (Seconds(() => body.HiddenStates(ids)), Seconds(() => nn.functional.linear(states, matrix)));
            if (run > 0) (bodySeconds, productSeconds) = (Math.Min(bodySeconds, once), Math.Min(productSeconds, product));
        }
        return new BodyThroughput(config.LayerCount, config.HiddenSize, tokens, threads, operations, bodySeconds, productSeconds);
    }

    /// <summary>Multiplications and additions of the projections, and of the attention to what a position sees.</summary>
    internal static long Operations(ModelConfig config, int tokens)
    {
        var projections = DecoderDescription.Of(config).Parameters
            .Where(parameter => parameter.Shape.Length == 2 && parameter.Name != Checkpoints.Checkpoint.EmbeddingName)
            .Sum(parameter => parameter.Shape[0] * parameter.Shape[1]);
        var attention = (long)config.LayerCount * config.HeadCount * config.HeadSize * (tokens + 1);
        return 2 * tokens * (projections + attention);
    }

    private static Dictionary<string, Tensor> RandomWeights(ModelConfig config) =>
        DecoderDescription.Of(config).Parameters.ToDictionary(parameter => parameter.Name, parameter => Random(parameter.Shape).DetachFromDisposeScope());

    private static Tensor Random(long[] shape) => empty(shape, ScalarType.BFloat16).normal_(0, 0.02);

    private static double Seconds(Func<Tensor> compute)
    {
        var started = Stopwatch.GetTimestamp();
        compute().Dispose();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}

/// <summary>What was measured.</summary>
/// <param name="Layers">Blocks of the body.</param>
/// <param name="HiddenSize">Width of the hidden states.</param>
/// <param name="Tokens">Length of the sequence.</param>
/// <param name="Threads">Threads that computed.</param>
/// <param name="Operations">Multiplications and additions, of the body and of the product.</param>
/// <param name="BodySeconds">Shortest time of the body.</param>
/// <param name="ProductSeconds">Shortest time of the product.</param>
public sealed record BodyThroughput(int Layers, int HiddenSize, int Tokens, int Threads, long Operations, double BodySeconds, double ProductSeconds)
{
    /// <summary>10⁹ operations of the body in a second.</summary>
    public double BodyGigaflops => Operations / BodySeconds / 1e9;

    /// <summary>10⁹ operations of the product in a second.</summary>
    public double ProductGigaflops => Operations / ProductSeconds / 1e9;

    /// <summary>The body's speed over the product's.</summary>
    public double Share => ProductSeconds / BodySeconds;
}
