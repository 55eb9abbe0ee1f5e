using ComPO.Torch.Bodies;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Generation;

/// <summary>Continues a text with the likeliest token each time: for looking at a model, and for comparing it with another implementation.</summary>
internal static class GreedyDecoder
{
    /// <summary>
    /// Appends up to <paramref name="count"/> tokens. Each step runs the whole sequence again, which keeps the states the same as those
    /// of training and is quick enough for short texts. Ends early at the model's context length.
    /// </summary>
    /// <param name="body">The body.</param>
    /// <param name="head">The head, [V, d] of the body's type and on its device.</param>
    /// <param name="prompt">The sequence to continue; not empty.</param>
    /// <param name="count">How many tokens to append at most.</param>
    /// <param name="stopId">A token that ends the text, and is not appended; none when null.</param>
    /// <returns>The prompt and what was appended.</returns>
    public static long[] Generate(DecoderBody body, Tensor head, ReadOnlySpan<long> prompt, int count, long? stopId = null)
    {
        var ids = new List<long>(prompt.ToArray());
        using var _ = no_grad();
        while (count-- > 0 && ids.Count < body.Config.ContextLength)
        {
            var next = LikeliestNext(body, head, ids);
            if (next == stopId) break;
            ids.Add(next);
        }
        return [.. ids];
    }

    private static long LikeliestNext(DecoderBody body, Tensor head, List<long> ids)
    {
        using var scope = NewDisposeScope();
        return nn.functional.linear(body.HiddenStates(ids.ToArray())[-1], head).argmax().item<long>();
    }
}
