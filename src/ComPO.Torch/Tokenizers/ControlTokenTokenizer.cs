using ComPO.Core.Pairs;
using ComPO.Torch.Tokenizers.AddedTokens;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tokenizers;

/// <summary>
/// A SentencePiece tokenizer that takes control tokens written out in a text for those tokens, as Hugging Face's tokenizers of such models
/// do and chat templates rely on; SentencePiece itself spells them out. The text behind such a token begins anew.
/// </summary>
/// <param name="pieces">The tokenizer of the text between them.</param>
internal sealed class ControlTokenTokenizer(SentencePieceTokenizer pieces) : ITextTokenizer
{
    private readonly AddedTokenSplitter _controls = new(pieces.ControlTokens.Select(token => (token.Content, token)));

    /// <inheritdoc/>
    public int VocabularySize => pieces.VocabularySize;

    /// <inheritdoc/>
    public int? BosId => pieces.BosId;

    /// <inheritdoc/>
    public int? EosId => pieces.EosId;

    /// <inheritdoc/>
    public int[] Encode(string text) =>
        [.. _controls.Split(new Section(text, null, AtStart: true)).SelectMany(section => section.Id is { } id ? [id] : pieces.Encode(section.Text))];

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => pieces.Decode(ids);
}
