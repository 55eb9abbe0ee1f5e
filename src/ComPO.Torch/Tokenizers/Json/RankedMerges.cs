using System.Text;

namespace ComPO.Torch.Tokenizers.Json;

/// <summary>
/// Byte pair encoding with a list of merges (Sennrich et al., 2016, arXiv 1508.07909), in the order that Hugging Face's tokenizers merge:
/// beginning with single characters, the pair that stands first in the list, of equal pairs the leftmost.
/// </summary>
/// <remarks>Microsoft.ML.Tokenizers' BPE has neither the fallback to bytes nor <c>ignore_merges</c>, without which these files give other ids.</remarks>
internal sealed class RankedMerges
{
    /// <summary>The ids of tokens by their text.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>By the ids of two neighbours, the place in the list and the id of their union.</summary>
    public required Dictionary<(int Left, int Right), (int Rank, int Id)> Merges { get; init; }

    /// <summary>Whether a piece that is a token as a whole is not merged from its characters.</summary>
    public required bool IgnoresMerges { get; init; }

    /// <summary>By byte, its token, for characters outside the vocabulary; a character with a byte that is not here is unknown.</summary>
    public required Dictionary<byte, int> ByteIds { get; init; }

    /// <summary>The token of unknown characters; null where they are left out.</summary>
    public required int? UnknownId { get; init; }

    /// <summary>Whether unknown characters in a row are one token.</summary>
    public required bool FusesUnknown { get; init; }

    private record struct Symbol(int Id, int Previous, int Next, bool IsGone);

    /// <summary>Appends the ids of one piece of text.</summary>
    public void Encode(string piece, List<int> ids)
    {
        if (IgnoresMerges && Vocabulary.TryGetValue(piece, out var whole))
        {
            ids.Add(whole);
            return;
        }
        var symbols = Characters(piece);
        Merge(symbols);
        for (var i = symbols.Length > 0 ? 0 : -1; i >= 0; i = symbols[i].Next) ids.Add(symbols[i].Id);
    }

    private void Merge(Symbol[] symbols)
    {
        var agenda = new PriorityQueue<(int Left, int Id), (int Rank, int Left)>();

        void Propose(int left)
        {
            if (left >= 0 && symbols[left].Next is >= 0 and var right && Merges.TryGetValue((symbols[left].Id, symbols[right].Id), out var merge))
                agenda.Enqueue((left, merge.Id), (merge.Rank, left));
        }

        for (var i = 0; i < symbols.Length - 1; i++) Propose(i);
        while (agenda.TryDequeue(out var next, out _))
        {
            ref var left = ref symbols[next.Left];
            if (left.IsGone || left.Next < 0) continue;
            ref var right = ref symbols[left.Next];
            // One of the two may have been merged with its other neighbour since.
            if (!Merges.TryGetValue((left.Id, right.Id), out var merge) || merge.Id != next.Id) continue;
            left.Id = merge.Id;
            left.Next = right.Next;
            right.IsGone = true;
            if (left.Next >= 0) symbols[left.Next].Previous = next.Left;
            Propose(left.Previous);
            Propose(next.Left);
        }
    }

    private Symbol[] Characters(string piece)
    {
        var lookup = Vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        var ids = new List<int>(piece.Length);
        var afterUnknown = false;
        Span<byte> utf8 = stackalloc byte[4];
        for (var at = 0; at < piece.Length;)
        {
            var rune = Rune.GetRuneAt(piece, at);
            var character = piece.AsSpan(at, rune.Utf16SequenceLength);
            at += character.Length;
            var isKnown = lookup.TryGetValue(character, out var id);
            if (isKnown) ids.Add(id);
            else isKnown = AddBytes(utf8[..rune.EncodeToUtf8(utf8)], ids);
            if (!isKnown && UnknownId is { } unknown && !(afterUnknown && FusesUnknown)) ids.Add(unknown);
            afterUnknown = !isKnown;
        }
        var symbols = new Symbol[ids.Count];
        for (var i = 0; i < symbols.Length; i++) symbols[i] = new Symbol(ids[i], i - 1, i + 1 < symbols.Length ? i + 1 : -1, false);
        return symbols;
    }

    private bool AddBytes(ReadOnlySpan<byte> character, List<int> ids)
    {
        foreach (var value in character)
            if (!ByteIds.ContainsKey(value)) return false;
        foreach (var value in character) ids.Add(ByteIds[value]);
        return true;
    }
}
