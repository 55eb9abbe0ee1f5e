using ComPO.Torch.Bodies;
using static TorchSharp.torch;

namespace ComPO.Torch.Models;

/// <summary>The head's inputs at the positions that predict a pair's completion tokens.</summary>
internal static class CompletionHiddenStates
{
    /// <summary>
    /// Runs the body on both sequences: [T⁺ + T⁻, d] in the body's type. Positions in the sequences'
    /// common beginning take the chosen pass's rows for both, because a matrix product of another
    /// length may round differently, and equal states must be equal bits to be merged. Rotary frequencies
    /// that follow the length are the longer sequence's in both, as in the padded batch that TRL makes of a pair.
    /// </summary>
    public static Tensor Compute(DecoderBody body, CompletionRows rows)
    {
        using var scope = NewDisposeScope();
        var chosen = body.HiddenStates(rows.ChosenInput, rows.Longest);
        var rejected = body.HiddenStates(rows.RejectedInput, rows.Longest);
        var states = cat([
            chosen.narrow(0, rows.First, chosen.shape[0] - rows.First),
            chosen.narrow(0, rows.First, rows.Shared - rows.First),
            rejected.narrow(0, rows.Shared, rejected.shape[0] - rows.Shared),
        ], 0);
        return states.MoveToOuterDisposeScope();
    }
}
