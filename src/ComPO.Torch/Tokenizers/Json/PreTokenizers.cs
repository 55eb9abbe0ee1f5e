namespace ComPO.Torch.Tokenizers.Json;

/// <summary>A piece of normalised text on its way to the merges.</summary>
/// <param name="Text">Its characters.</param>
/// <param name="AtStart">Whether the text begins with it.</param>
internal readonly record struct TextPiece(string Text, bool AtStart);

/// <summary>Cuts a piece into smaller ones, or rewrites it.</summary>
internal delegate IEnumerable<TextPiece> PreTokenizer(TextPiece piece);

/// <summary>The steps by which tokenizer files cut text before merging; names and rules are those of Hugging Face's tokenizers.</summary>
internal static class PreTokenizers
{
    /// <summary>Leaves text whole.</summary>
    public static PreTokenizer None { get; } = piece => [piece];

    /// <summary>One step after the other.</summary>
    public static PreTokenizer Sequence(IReadOnlyList<PreTokenizer> steps) =>
        piece => steps.Aggregate((IEnumerable<TextPiece>)[piece], (pieces, step) => pieces.SelectMany(part => step(part)));

    /// <summary>Each match is a piece of its own, and so is what stands between two.</summary>
    public static PreTokenizer Isolate(SplitPattern pattern) =>
        piece => pattern.Split(piece.Text).Select(part => Part(piece, part.Range));

    /// <summary>What matches is left out.</summary>
    public static PreTokenizer Remove(SplitPattern pattern) =>
        piece => pattern.Split(piece.Text).Where(part => !part.IsMatch).Select(part => Part(piece, part.Range));

    /// <summary>What does not match is left out.</summary>
    public static PreTokenizer Keep(SplitPattern pattern) =>
        piece => pattern.Split(piece.Text).Where(part => part.IsMatch).Select(part => Part(piece, part.Range));

    /// <summary>A match ends the piece that it follows.</summary>
    public static PreTokenizer MergeWithPrevious(SplitPattern pattern) => piece => Join(piece, pattern.Split(piece.Text), matchEnds: true);

    /// <summary>A match begins the piece that follows it.</summary>
    public static PreTokenizer MergeWithNext(SplitPattern pattern) => piece => Join(piece, pattern.Split(piece.Text), matchEnds: false);

    /// <summary>Bytes instead of characters, after cutting by GPT-2's pattern if asked to.</summary>
    public static PreTokenizer ByteLevel(bool addsSpace, bool cuts)
    {
        var cut = cuts ? Isolate(SplitPattern.Gpt2) : None;
        return piece => cut(addsSpace && !piece.Text.StartsWith(' ') ? piece with { Text = ' ' + piece.Text } : piece)
            .Select(part => part with { Text = ByteAlphabet.Write(part.Text) });
    }

    /// <summary>A visible character for spaces, one more of it in front, and a cut before each.</summary>
    public static PreTokenizer Metaspace(string replacement, bool prepends, bool onlyAtStart, SplitPattern? cut)
    {
        var split = cut is null ? None : MergeWithNext(cut);
        return piece =>
        {
            var text = piece.Text.Replace(" ", replacement, StringComparison.Ordinal);
            var lacksSpace = prepends && (piece.AtStart || !onlyAtStart) && !text.StartsWith(replacement, StringComparison.Ordinal);
            return split(piece with { Text = lacksSpace ? replacement + text : text });
        };
    }

    private static IEnumerable<TextPiece> Join(TextPiece piece, IEnumerable<(Range Range, bool IsMatch)> parts, bool matchEnds)
    {
        int? start = null;
        foreach (var (range, isMatch) in parts)
        {
            if (isMatch && !matchEnds && start is { } before)
            {
                yield return Part(piece, before..range.Start);
                start = null;
            }
            start ??= range.Start.Value;
            if (!isMatch || !matchEnds) continue;
            yield return Part(piece, start.Value..range.End);
            start = null;
        }
        if (start is { } rest) yield return Part(piece, rest..);
    }

    private static TextPiece Part(TextPiece piece, Range range) => new(piece.Text[range], piece.AtStart && range.Start.Value == 0);
}
