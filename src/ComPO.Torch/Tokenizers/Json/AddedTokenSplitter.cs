using System.Buffers;
using System.Globalization;

namespace ComPO.Torch.Tokenizers.Json;

/// <summary>A part of a text: an added token, or what stands between two.</summary>
/// <param name="Text">Its characters.</param>
/// <param name="Id">The token's id; null for text that is yet to be cut.</param>
/// <param name="AtStart">Whether the text begins with it.</param>
internal readonly record struct Section(string Text, int? Id, bool AtStart);

/// <summary>Finds added tokens in text: the leftmost, and of several at one place the longest.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly Dictionary<char, (string Content, AddedToken Token)[]> _byFirst;
    private readonly SearchValues<char> _firsts;

    /// <summary>Prepares the search.</summary>
    /// <param name="tokens">The tokens, each with the characters to look for.</param>
    public AddedTokenSplitter(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        _byFirst = tokens.Where(token => token.Content.Length > 0)
            .GroupBy(token => token.Content[0])
            .ToDictionary(same => same.Key, same => same.OrderByDescending(token => token.Content.Length).ToArray());
        _firsts = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>The sections of a text in order, none of them empty.</summary>
    public IEnumerable<Section> Split(Section section)
    {
        var text = section.Text;
        var start = 0;
        for (var at = 0; at < text.Length;)
        {
            var skipped = text.AsSpan(at).IndexOfAny(_firsts);
            if (skipped < 0) break;
            at += skipped;
            if (Find(text, at) is not { } found)
            {
                at++;
                continue;
            }
            var (content, token) = found;
            var (left, right) = (at, at + content.Length);
            while (token.TakesSpaceLeft && left > start && char.IsWhiteSpace(text[left - 1])) left--;
            while (token.TakesSpaceRight && right < text.Length && char.IsWhiteSpace(text[right])) right++;
            if (left > start) yield return new Section(text[start..left], null, section.AtStart && start == 0);
            yield return new Section(token.Content, token.Id, section.AtStart && left == 0);
            at = start = right;
        }
        if (start < text.Length) yield return new Section(text[start..], null, section.AtStart && start == 0);
    }

    private (string Content, AddedToken Token)? Find(string text, int at)
    {
        foreach (var candidate in _byFirst[text[at]])
        {
            if (!text.AsSpan(at).StartsWith(candidate.Content, StringComparison.Ordinal)) continue;
            // Of several at one place only the longest is looked at, as Hugging Face's tokenizers do.
            var end = at + candidate.Content.Length;
            var standsAlone = (at == 0 || !IsOfWord(text[at - 1])) && (end == text.Length || !IsOfWord(text[end]));
            return candidate.Token.IsSingleWord && !standsAlone ? null : candidate;
        }
        return null;
    }

    private static bool IsOfWord(char character) => char.IsLetterOrDigit(character) || char.GetUnicodeCategory(character)
        is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
