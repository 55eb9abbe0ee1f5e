using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ComPO.Core.Errors;

namespace ComPO.Torch.Tokenizers.Json;

/// <summary>A pattern of a tokenizer file that cuts text, applied to code points as these files mean it.</summary>
/// <remarks>
/// .NET's expressions see UTF-16, where half of an astral letter is no letter. Such a character is therefore stood in for by one of
/// the basic plane with the same category while the expression runs; the lengths of the characters tell where the cuts belong.
/// </remarks>
internal sealed class SplitPattern
{
    // Longer than any text takes with the patterns of published tokenizers; one that backtracks without end is stopped.
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(20);

    private static readonly Dictionary<UnicodeCategory, char> StandIns = Enumerable.Range(0x100, 0xFF00)
        .Select(value => (char)value)
        .Where(character => !char.IsSurrogate(character))
        .GroupBy(char.GetUnicodeCategory)
        .ToDictionary(same => same.Key, same => same.First());

    private readonly Regex _expression;

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="ArgumentException">It is not one that .NET understands.</exception>
    public SplitPattern(string expression) => _expression = new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.Compiled, MatchTimeout);

    /// <summary>The pattern of GPT-2, which byte-level files mean when they name none.</summary>
    public static SplitPattern Gpt2 { get; } = new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    /// <summary>The ranges that match, and those between them, in order; none is empty.</summary>
    /// <exception cref="ModelException">The pattern backtracks without end on this text.</exception>
    public IReadOnlyList<(Range Range, bool IsMatch)> Split(string text)
    {
        try
        {
            return Cut(text);
        }
        catch (RegexMatchTimeoutException cause)
        {
            throw new ModelException(
                $"The tokenizer's pattern {_expression} needs more than {MatchTimeout.TotalSeconds} s for a text of {text.Length} characters; use a tokenizer.model of the same model, or data that is already token ids.", cause);
        }
    }

    private List<(Range, bool)> Cut(string text)
    {
        var (simple, offsets) = Simplify(text);
        var parts = new List<(Range, bool)>();
        var last = 0;
        foreach (var match in _expression.EnumerateMatches(simple))
        {
            if (match.Length == 0) continue;
            if (match.Index > last) Add(last, match.Index, false);
            last = match.Index + match.Length;
            Add(match.Index, last, true);
        }
        if (last < simple.Length) Add(last, simple.Length, false);
        return parts;

        void Add(int start, int end, bool isMatch) => parts.Add((offsets is null ? start..end : offsets[start]..offsets[end], isMatch));
    }

    private static (string Simple, int[]? Offsets) Simplify(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return (text, null);
        var simple = new StringBuilder(text.Length);
        var offsets = new List<int>(text.Length + 1);
        for (var at = 0; at < text.Length;)
        {
            var rune = Rune.GetRuneAt(text, at);
            offsets.Add(at);
            simple.Append(rune.IsBmp ? (char)rune.Value : StandIns.GetValueOrDefault(Rune.GetUnicodeCategory(rune), '\uE000'));
            at += rune.Utf16SequenceLength;
        }
        offsets.Add(text.Length);
        return (simple.ToString(), [.. offsets]);
    }
}
