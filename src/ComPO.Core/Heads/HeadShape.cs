namespace ComPO.Core.Heads;

/// <summary>The shape [V, d] of an output layer.</summary>
/// <param name="VocabularySize">V, the rows: one for each token.</param>
/// <param name="HiddenSize">d, the columns: the width of the hidden states.</param>
public readonly record struct HeadShape(int VocabularySize, int HiddenSize)
{
    /// <summary>V·d.</summary>
    public long EntryCount => (long)VocabularySize * HiddenSize;

    /// <summary>The shape as "V × d".</summary>
    public override string ToString() => $"{VocabularySize} × {HiddenSize}";
}
