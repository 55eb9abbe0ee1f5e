using ComPO.Core.Pairs;
using ComPO.Torch.Tokenizers.AddedTokens;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tokenizers;

/// <summary>
/// A SentencePiece tokenizer that takes control and user-defined tokens written out in a text for those tokens, as Hugging Face's tokenizers of
/// such models do and chat templates rely on; SentencePiece itself spells the first ones out. The text behind such a token begins anew.
/// </summary>
/// <param name="pieces">The tokenizer of the text between them.</param>
/// <param name="added">The tokens that are found in a text as they stand.</param>
/// <param name="leadingSpace">Which of those texts it puts a space in front of.</param>
internal sealed class ControlTokenTokenizer(SentencePieceTokenizer pieces, IEnumerable<AddedToken> added, LeadingSpace leadingSpace) : ITextTokenizer
{
    private readonly AddedTokenSplitter _tokens = new(added.Select(token => (token.Content, token)));

    /// <inheritdoc/>
    public int VocabularySize => pieces.VocabularySize;

    /// <inheritdoc/>
    public int? BosId => pieces.BosId;

    /// <inheritdoc/>
    public int? EosId => pieces.EosId;

    /// <inheritdoc/>
    public int[] Encode(string text) => [.. _tokens.Split(new Section(text, null, AtStart: true)).SelectMany(Encode)];

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => pieces.Decode(ids);

    /// <inheritdoc/>
    public string Spell(ReadOnlySpan<int> ids) => pieces.Spell(ids);

    private int[] Encode(Section section) => section.Id is { } id ? [id] : pieces.Encode(section.Text, leadingSpace, section.AtStart);
}
