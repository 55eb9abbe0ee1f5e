using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ComPO.Core.Aggregation;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Torch.Heads;

namespace ComPO.Torch.Tests.Heads;

/// <summary>
/// What this project computes itself has the same bits on processors with narrower registers: a child process of these tests is told to leave the
/// wide ones alone, and says what it got.
/// </summary>
public sealed class OtherProcessorsTests
{
    private const string File = "COMPO_TEST_BITS_FILE";
    private const int LinesWithoutExponential = 6;
    private static readonly NoiseKey Key = new(20, 3);
    private const int Perturbations = 200;
    private static readonly (PerturbationSpaceKind Space, double? Cap)[] Pairs = [(PerturbationSpaceKind.Row, null), (PerturbationSpaceKind.Row, 20), (PerturbationSpaceKind.Full, null)];

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task Noise_tallies_updates_exponentials_and_outcomes_are_the_same_bits_without_some_instructions(string instructions)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "bits");
        var start = new ProcessStartInfo("dotnet", [typeof(OtherProcessorsTests).Assembly.Location, "-method", $"*.{nameof(This_process_says_what_it_computes)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [File] = file, [instructions] = "0" },
        };
        using var child = Process.Start(start)!;
        var (output, _) = (await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(child.ExitCode == 0 && System.IO.File.Exists(file), output);
        var seen = await System.IO.File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(instructions == "DOTNET_EnableAVX512" && Vector256.IsHardwareAccelerated ? "256" : "128 or less", seen[0]);
        // Without any instructions there is no fused multiply-add, which the library's own exponential makes use of: what needs none is still the same.
        var compared = instructions == "DOTNET_EnableHWIntrinsic" ? LinesWithoutExponential : seen.Length - 1;
        Assert.Equal(Bits().Take(compared), seen.Skip(1).Take(compared));
        Assert.Equal(Bits().Count(), seen.Length - 1);
        // Whatever a processor's exponential is, its float32 outcomes are those of float64, and those of bfloat16 products are but for one in a hundred.
        var expected = Pairs.Select(OutcomesOfFloat64).ToArray();
        Assert.Equal(expected, OutcomesIn(seen, HeadPrecision.Float32));
        Assert.All(OutcomesIn(seen, HeadPrecision.BFloat16).Zip(expected, Differing), differing => Assert.InRange(differing, 0, Perturbations / 100));
    }

    [Fact]
    public void This_process_says_what_it_computes()
    {
        var file = Environment.GetEnvironmentVariable(File);
        Assert.SkipWhen(file is null, "This is for the child processes of the test above.");
        var width = Vector512.IsHardwareAccelerated ? "512" : Vector256.IsHardwareAccelerated ? "256" : "128 or less";
        System.IO.File.WriteAllLines(file!, [width, .. Bits()]);
    }

    private static string OutcomesOf(HeadPrecision precision) => $"outcomes {precision} ";

    private static string[] OutcomesIn(IEnumerable<string> lines, HeadPrecision precision) =>
        [.. lines.Where(line => line.StartsWith(OutcomesOf(precision), StringComparison.Ordinal)).Select(line => line[OutcomesOf(precision).Length..])];

    private static int Differing(string one, string other)
    {
        var (left, right) = (OutcomeBits.FromBase64(one, Perturbations), OutcomeBits.FromBase64(other, Perturbations));
        return Enumerable.Range(0, Perturbations).Count(i => left[i] != right[i]);
    }

    private static string OutcomesOfFloat64((PerturbationSpaceKind, double?) of)
    {
        using var engine = new ReferenceHeadEngine();
        using var pair = Prepare(engine, of);
        return Probe(pair);
    }

    private static IPreparedPair Prepare(IHeadEngine engine, (PerturbationSpaceKind Space, double? Cap) of) => engine.Prepare(
        SyntheticPair.Head(700, 48, 0.1f), of.Cap, SyntheticPair.Features(700, 48, 16, 15, of.Space));

    private static string Probe(IPreparedPair pair) => pair.Probe(Key, 5e-4, 0, Perturbations, CancellationToken.None).ToBase64();

    private static IEnumerable<string> Bits()
    {
        var (units, narrow) = (new short[10_000], new ushort[10_000]);
        PerturbationNoise.Fill(Key, 7, 12_345, units);
        PerturbationNoise.FillBFloat16(Key, 7, 12_345, narrow);
        yield return $"noise {Digest.Of(MemoryMarshal.AsBytes(units))} {Digest.Of(MemoryMarshal.AsBytes(narrow))}";

        var (sums, outcomes) = (new int[40 * 59], OutcomeBits.FromBytes([0x5A, 0x13, 0x77], 24));
        OutcomeTally.AddRows(Key, outcomes, 59, 3, 40, sums);
        yield return $"sums {Digest.Of(MemoryMarshal.AsBytes(sums))}";

        yield return UpdateIn(PerturbationSpaceKind.Row, outcomes);
        yield return UpdateIn(PerturbationSpaceKind.Full, outcomes);

        var wide = new float[777];
        PerturbationNoise.Fill(Key, 1, 0, wide);
        var probabilities = Array.ConvertAll(wide, x => 0.001f * Math.Abs(x));
        var tanh = Array.ConvertAll(wide, x => 0.2f * x);
        foreach (var radius in (float[])[1e-3f, 0.1f, 3f])
            yield return $"exponentials {LogSumExpChange.Sum(probabilities, wide, radius):R} {LogSumExpChange.Sum(probabilities, narrow.AsSpan(0, 777), radius):R} "
                + $"{LogSumExpChange.Sum(probabilities, tanh, wide, radius, 30):R}";

        foreach (var precision in new[] { HeadPrecision.Float32, HeadPrecision.BFloat16 })
            foreach (var of in Pairs)
            {
                using var engine = new TorchHeadEngine(2, precision);
                using var pair = Prepare(engine, of);
                yield return $"before {pair.Before} logits {Digest.Of(MemoryMarshal.AsBytes(pair.BaseLogits.Span))}";
                yield return OutcomesOf(precision) + Probe(pair);
            }
    }

    // What owners of rows do with them: lifted sums, the cut that a density makes, and the entries that stay; and the lift of real rows, as the exact estimator has them.
    private static string UpdateIn(PerturbationSpaceKind kind, OutcomeBits outcomes)
    {
        var shape = new HeadShape(700, 48);
        var space = PerturbationSpace.Of(SyntheticPair.Features(shape.VocabularySize, shape.HiddenSize, 16, 15, kind));
        var sums = new int[shape.VocabularySize * space.Dimension];
        OutcomeTally.AddRows(Key, outcomes, space.Dimension, 0, shape.VocabularySize, sums);
        var estimate = new SampledEstimate(shape, space, 0, sums, ExactSums.SumOfSquares(sums));
        var (lifted, real) = (new float[shape.EntryCount], new float[shape.EntryCount]);
        estimate.LiftRows(0, shape.VocabularySize, lifted);
        space.Lift(Array.ConvertAll(sums, sum => sum / 3.0), real);
        var update = Sparsifier.Emit(estimate, Sparsifier.DensityCut(estimate, 0.0118));
        return $"{kind} lifted {Digest.Of(lifted)} {Digest.Of(real)} update {update.Count} {update.ComputeDigest()}";
    }
}
