using System.Text;

namespace ComPO.Torch.Tokenizers.SentencePiece;

/// <summary>
/// Splits prepared text into pieces as SentencePiece's BPE does (Sennrich et al., 2016, arXiv 1508.07909): beginning with single
/// characters, the neighbours whose union has the highest score are merged first, of equal scores the leftmost.
/// </summary>
internal sealed class BytePairMerges
{
    private readonly Dictionary<string, (float Score, bool Unused)> _pieces = new(StringComparer.Ordinal);
    private readonly Dictionary<char, string[]> _userDefined;

    public BytePairMerges(IReadOnlyList<Piece> pieces)
    {
        foreach (var piece in pieces)
            if (piece.Kind is PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused)
                _pieces.Add(piece.Text, (piece.Score, piece.Kind == PieceKind.Unused));
        _userDefined = pieces.Where(piece => piece.Kind == PieceKind.UserDefined && piece.Text.Length > 0)
            .GroupBy(piece => piece.Text[0], piece => piece.Text)
            .ToDictionary(same => same.Key, same => same.OrderByDescending(text => text.Length).ToArray());
    }

    /// <summary>A run of characters and its neighbours in the chain; merged into its left neighbour when its length is 0.</summary>
    private record struct Symbol(int Start, int Length, int Previous, int Next, bool Frozen);

    private readonly record struct Merge(int Left, int Right, int Length);

    /// <summary>The ranges of the text's pieces, in order. A range of one character may be outside the vocabulary.</summary>
    public List<Range> Split(string text)
    {
        var symbols = SplitIntoCharacters(text);
        var agenda = new PriorityQueue<Merge, (float NegatedScore, int Left)>();
        var lookup = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        // How a piece that may not be used came about, to take it apart again.
        var parts = new Dictionary<(int Start, int Length), int>();

        void Propose(int left, int right)
        {
            if (left < 0 || right < 0 || symbols[left].Frozen || symbols[right].Frozen) return;
            var length = symbols[left].Length + symbols[right].Length;
            if (!lookup.TryGetValue(text.AsSpan(symbols[left].Start, length), out var piece)) return;
            agenda.Enqueue(new Merge(left, right, length), (-piece.Score, left));
            if (piece.Unused) parts[(symbols[left].Start, length)] = symbols[left].Length;
        }

        for (var i = 1; i < symbols.Length; i++) Propose(i - 1, i);
        while (agenda.TryDequeue(out var merge, out _))
        {
            ref var left = ref symbols[merge.Left];
            ref var right = ref symbols[merge.Right];
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != merge.Length) continue;
            left.Length = merge.Length;
            left.Next = right.Next;
            right.Length = 0;
            if (left.Next >= 0) symbols[left.Next].Previous = merge.Left;
            Propose(left.Previous, merge.Left);
            Propose(merge.Left, left.Next);
        }

        var ranges = new List<Range>();
        for (var i = symbols.Length > 0 ? 0 : -1; i >= 0; i = symbols[i].Next) Emit(text, symbols[i].Start, symbols[i].Length, parts, ranges);
        return ranges;
    }

    private void Emit(string text, int start, int length, Dictionary<(int, int), int> parts, List<Range> ranges)
    {
        var isUnused = _pieces.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text.AsSpan(start, length), out var piece) && piece.Unused;
        if (isUnused && parts.TryGetValue((start, length), out var first))
        {
            Emit(text, start, first, parts, ranges);
            Emit(text, start + first, length - first, parts, ranges);
            return;
        }
        ranges.Add(start..(start + length));
    }

    /// <summary>One symbol for each character, and for each occurrence of a user-defined piece, which is never merged.</summary>
    private Symbol[] SplitIntoCharacters(string text)
    {
        var symbols = new List<Symbol>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var defined = UserDefinedAt(text, at);
            var length = defined > 0 ? defined : Rune.GetRuneAt(text, at).Utf16SequenceLength;
            symbols.Add(new Symbol(at, length, symbols.Count - 1, symbols.Count + 1, Frozen: defined > 0));
            at += length;
        }
        var chain = symbols.ToArray();
        if (chain.Length > 0) chain[^1].Next = -1;
        return chain;
    }

    private int UserDefinedAt(string text, int at)
    {
        if (_userDefined.TryGetValue(text[at], out var candidates))
            foreach (var candidate in candidates)
                if (text.AsSpan(at).StartsWith(candidate, StringComparison.Ordinal))
                    return candidate.Length;
        return 0;
    }
}
