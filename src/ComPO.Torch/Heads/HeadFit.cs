using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;

namespace ComPO.Torch.Heads;

/// <summary>Whether a pair's features and a head belong together.</summary>
internal static class HeadFit
{
    /// <exception cref="ModelException">They come from different models.</exception>
    /// <exception cref="PreferenceDataException">The pair is too long for a vocabulary of this size.</exception>
    public static void Check(HeadWeights head, PairFeatures features)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(features);
        if (features.HiddenSize != head.Shape.HiddenSize)
            throw new ModelException(
                $"The features of a pair are {features.HiddenSize} wide and the head is {head.Shape.HiddenSize} wide: " +
                "they come from different models; start the run with one model folder on every node.");
        if (features.Targets.AsSpan().ContainsAnyExceptInRange(0, head.Shape.VocabularySize - 1))
            throw new ModelException(
                $"The features of a pair have a target outside the head's {head.Shape.VocabularySize} rows: " +
                "they come from a model with a larger vocabulary; start the run with one model folder on every node.");
        if ((long)features.DistinctRows * head.Shape.VocabularySize > Array.MaxLength)
            throw new PreferenceDataException(
                $"A pair has {features.DistinctRows} distinct hidden states, which over a vocabulary of {head.Shape.VocabularySize} make more logits " +
                $"than the {Array.MaxLength} that are held at once; lower --max-length.");
    }
}
