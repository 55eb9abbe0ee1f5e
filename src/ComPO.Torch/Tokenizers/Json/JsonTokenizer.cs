using System.Text;
using ComPO.Core.Pairs;
using ComPO.Torch.Tokenizers.AddedTokens;

namespace ComPO.Torch.Tokenizers.Json;

/// <summary>
/// The tokenizer of a <c>tokenizer.json</c> file, the same ids as Hugging Face's tokenizers give without special tokens added: added tokens
/// are found first, also in what users wrote; the rest is normalised, cut, and merged. Safe to use from several threads.
/// </summary>
internal sealed class JsonTokenizer : ITextTokenizer
{
    private readonly RankedMerges _merges;
    private readonly Func<string, string> _normalize;
    private readonly PreTokenizer _cut;
    private readonly TokenDecoder _join;
    private readonly AddedTokenSplitter _inRawText;
    private readonly AddedTokenSplitter _inNormalizedText;
    private readonly Dictionary<int, string> _texts;
    private readonly Dictionary<string, int> _added;
    private readonly HashSet<int> _special;

    /// <summary>Puts the parts of a file together.</summary>
    /// <param name="merges">Its vocabulary and merges.</param>
    /// <param name="added">Its added tokens.</param>
    /// <param name="normalize">What happens to text first.</param>
    /// <param name="cut">How normalised text is cut before it is merged.</param>
    /// <param name="join">How tokens become text again.</param>
    public JsonTokenizer(RankedMerges merges, IReadOnlyList<AddedToken> added, Func<string, string> normalize, PreTokenizer cut, TokenDecoder join)
    {
        (_merges, _normalize, _cut, _join) = (merges, normalize, cut, join);
        _inRawText = new AddedTokenSplitter(added.Where(token => !token.IsNormalized).Select(token => (token.Content, token)));
        // The text of the others is normalised too, since they are looked for in what comes out of that.
        _inNormalizedText = new AddedTokenSplitter(added.Where(token => token.IsNormalized).Select(token => (normalize(token.Content), token)));
        _added = added.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        _special = [.. added.Where(token => token.IsSpecial).Select(token => token.Id)];
        _texts = new Dictionary<int, string>(merges.Vocabulary.Count);
        foreach (var (text, id) in merges.Vocabulary.Concat(_added)) _texts[id] = text;
        VocabularySize = _texts.Keys.Max() + 1;
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public int? BosId { get; private set; }

    /// <inheritdoc/>
    public int? EosId { get; private set; }

    /// <inheritdoc/>
    public int[] Encode(string text)
    {
        var ids = new List<int>(text.Length / 3);
        foreach (var section in _inRawText.Split(new Section(WellFormed(text), null, AtStart: true)))
        {
            if (section.Id is { } added)
            {
                ids.Add(added);
                continue;
            }
            foreach (var part in _inNormalizedText.Split(section with { Text = _normalize(section.Text) }))
            {
                if (part.Id is { } found) ids.Add(found);
                else
                    foreach (var piece in _cut(new TextPiece(part.Text, part.AtStart)))
                        _merges.Encode(piece.Text, ids);
            }
        }
        return [.. ids];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => Decode(ids, writesControl: false);

    /// <inheritdoc/>
    public string Spell(ReadOnlySpan<int> ids) => Decode(ids, writesControl: true);

    /// <summary>The id of a token, added or not.</summary>
    internal int? Find(string token) => _added.TryGetValue(token, out var id) || _merges.Vocabulary.TryGetValue(token, out id) ? id : null;

    /// <summary>The ids of the tokens that are found in a text as they stand.</summary>
    internal IReadOnlySet<int> AddedIds => _added.Values.ToHashSet();

    /// <summary>The same tokenizer with the ends of a sequence that other files name.</summary>
    internal JsonTokenizer WithEnds(int? bosId, int? eosId)
    {
        var copy = (JsonTokenizer)MemberwiseClone();
        (copy.BosId, copy.EosId) = (bosId, eosId);
        return copy;
    }

    // Half a surrogate pair is no character and has no UTF-8; it becomes U+FFFD before anything looks at it.
    private string Decode(ReadOnlySpan<int> ids, bool writesControl)
    {
        var tokens = new List<string>(ids.Length);
        foreach (var id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)VocabularySize, nameof(ids));
            if ((writesControl || !_special.Contains(id)) && _texts.TryGetValue(id, out var text)) tokens.Add(text);
        }
        return string.Concat(_join(tokens));
    }

    private static string WellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) whole.Append(rune);
        return whole.ToString();
    }
}
