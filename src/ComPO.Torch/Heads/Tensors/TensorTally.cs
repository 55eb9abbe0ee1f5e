using System.Runtime.InteropServices;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using static TorchSharp.torch;

namespace ComPO.Torch.Heads.Tensors;

/// <summary>Sums of signed noise by tensor operations: exact integers, and so those of every other way to them.</summary>
internal static class TensorTally
{
    // The sums of a piece stay on the device while all perturbations pass over them.
    private const int PieceEntries = 1 << 20;

    // The noise's, a product with the sign, and the share of the piece's own sums.
    private const int BytesPerEntry = 4 + 4;

    /// <summary>What one perturbation takes of a launch over so many sums.</summary>
    public static long BytesPerPerturbation(int count) => TensorNoise.Bytes(count) + (long)count * BytesPerEntry;

    /// <summary>Adds the signed noise of perturbations 0, 1, … at consecutive positions to the sums.</summary>
    /// <param name="noise">Draws int32 units.</param>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="outcomes">Improved ones are added, the others taken off.</param>
    /// <param name="firstPosition">The position of the first sum.</param>
    /// <param name="sums">The sums, in units of 2⁻¹² standard deviations.</param>
    /// <param name="budget">What a launch may take.</param>
    /// <param name="device">Where the noise is drawn.</param>
    public static void Add(TensorNoise noise, NoiseKey key, OutcomeBits outcomes, long firstPosition, Span<int> sums, LaunchBudget budget, Device device)
    {
        using var scope = NewDisposeScope();
        var improved = new int[outcomes.Count];
        for (var i = 0; i < improved.Length; i++)
            improved[i] = outcomes[i] ? 1 : -1;
        var signs = tensor(improved, ScalarType.Int32, device).unsqueeze(1);
        for (var done = 0; done < sums.Length; done += PieceEntries)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(PieceEntries, sums.Length - done);
            var piece = zeros(count, ScalarType.Int32, device);
            var atOnce = budget.Perturbations(BytesPerPerturbation(count), improved.Length);
            for (var first = 0; first < improved.Length; first += atOnce)
            {
                using var launch = NewDisposeScope();
                var perturbations = Math.Min(atOnce, improved.Length - first);
                var units = noise.Draw(key, (uint)first, perturbations, firstPosition + done, count);
                piece.add_(units.mul_(signs.narrow(0, first, perturbations)).sum(0, type: ScalarType.Int32));
            }
            var of = MemoryMarshal.Cast<byte, int>(piece.cpu().bytes);
            for (var i = 0; i < count; i++)
                sums[done + i] += of[i];
        }
    }
}
