using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Updates;

namespace ComPO.Node.Bench;

/// <summary>
/// What a node that emits, checks and takes an update does with it besides: codes it, names by digests what travels, and by those of the head what it leaves.
/// </summary>
internal static class UpdateTaking
{
    /// <summary>Takes the step, and all that goes with it.</summary>
    /// <returns>How many bytes of the update travel.</returns>
    /// <exception cref="InvalidOperationException">The head is not what its digest foretold.</exception>
    public static int Run(HeadWeights head, SparseUpdate update, double scale)
    {
        // Emitted: the part is kept under its name.
        var bytes = update.Encode();
        var name = Digest.Of(bytes);

        // Checked: read from its bytes, and the head told as it would become.
        var read = SparseUpdate.Decode(head.Shape, bytes);
        var (whole, foretold) = (read.ComputeDigest(), head.ComputeDigestAfter(read, scale));

        // Applied, when it is committed: to the head that it belongs to, and kept whole for those who come later.
        head.ComputeDigest();
        var taken = SparseUpdate.Decode(head.Shape, bytes);
        var kept = taken.ComputeDigest();
        head.Apply(taken, scale);
        var left = head.ComputeDigest();
        return whole == name && kept == name && left == foretold
            ? bytes.Length
            : throw new InvalidOperationException($"The update {name} was read as {whole} and {kept}, and the head became {left} instead of {foretold}.");
    }
}
