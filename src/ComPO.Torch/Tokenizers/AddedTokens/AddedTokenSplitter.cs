using System.Buffers;
using System.Globalization;
using System.Text;

namespace ComPO.Torch.Tokenizers.AddedTokens;

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
    /// <remarks>As in Hugging Face's tokenizers, the next token is looked for behind the last one itself, counted or not, and not behind the white space that it took.</remarks>
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
            at = right;
            if (token.IsSingleWord && !StandsAlone(text, left, right)) continue;
            if (token.TakesSpaceLeft) left = Math.Max(start, text.AsSpan(0, left).TrimEnd().Length);
            if (token.TakesSpaceRight) right = text.Length - text.AsSpan(right).TrimStart().Length;
            if (left > start) yield return new Section(text[start..left], null, section.AtStart && start == 0);
            if (right > left) yield return new Section(token.Content, token.Id, section.AtStart && left == 0);
            start = right;
        }
        if (start < text.Length) yield return new Section(text[start..], null, section.AtStart && start == 0);
    }

    private (string Content, AddedToken Token)? Find(string text, int at)
    {
        foreach (var candidate in _byFirst[text[at]])
            if (text.AsSpan(at).StartsWith(candidate.Content, StringComparison.Ordinal)) return candidate;
        return null;
    }

    private static bool StandsAlone(string text, int start, int end)
    {
        var isAfterWord = start > 0 && Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out var before, out _) == OperationStatus.Done && IsOfWord(before);
        return !isAfterWord && !(Rune.DecodeFromUtf16(text.AsSpan(end), out var behind, out _) == OperationStatus.Done && IsOfWord(behind));
    }

    // What \w means to Unicode's rules for expressions (Technical Standard 18): letters, marks, decimal digits, connecting punctuation and
    // joiners; letter numbers and the letters in circles and squares are alphabetic too.
    private static bool IsOfWord(Rune character) => character.Value is '\u200C' or '\u200D' or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189)
        || Rune.GetUnicodeCategory(character) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;
}
