namespace ComPO.Node.Quickstart;

/// <summary>
/// Learns a byte-pair-encoding vocabulary from text: again and again, the most frequent pair of adjacent pieces
/// becomes a piece (Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016).
/// Ties go to the ordinally smallest piece, so that a text has one vocabulary.
/// </summary>
internal static class BytePairTrainer
{
    /// <summary>Learns a vocabulary of at most <paramref name="size"/> pieces; a text with few words yields fewer.</summary>
    /// <param name="texts">What to learn from; pieces never span a space.</param>
    /// <param name="size">How many pieces, with the marks, the bytes and the single characters.</param>
    public static SentencePieceVocabulary Train(IEnumerable<string> texts, int size)
    {
        var words = CountWords(texts);
        string[] characters = [.. words.SelectMany(word => word.Pieces).Distinct().Order(StringComparer.Ordinal)];
        var room = size - SentencePieceVocabulary.FixedPieces - characters.Length;
        if (room < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size,
                $"The text has {characters.Length} different characters, so a vocabulary needs at least {size - room} pieces.");
        }

        // Two pairs can merge to the same text ("a"+"bc", "ab"+"c"): one piece serves both.
        var merges = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (merges.Count < room && MostFrequentPair(words) is { } pair)
        {
            var merged = pair.Left + pair.Right;
            if (known.Add(merged))
                merges.Add(merged);
            foreach (var word in words)
                word.Merge(pair.Left, pair.Right);
        }
        return new SentencePieceVocabulary(merges, characters);
    }

    private static Word[] CountWords(IEnumerable<string> texts) =>
        [.. texts
            .SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .CountBy(word => word, StringComparer.Ordinal)
            .OrderBy(counted => counted.Key, StringComparer.Ordinal)
            .Select(counted => new Word(SentencePieceVocabulary.Space + counted.Key, counted.Value))];

    private static (string Left, string Right)? MostFrequentPair(Word[] words)
    {
        var counts = new Dictionary<(string Left, string Right), long>();
        foreach (var word in words)
        {
            for (var i = 1; i < word.Pieces.Count; i++)
            {
                var pair = (word.Pieces[i - 1], word.Pieces[i]);
                counts[pair] = counts.GetValueOrDefault(pair) + word.Count;
            }
        }
        return counts.Count == 0 ? null : counts
            .OrderByDescending(counted => counted.Value)
            .ThenBy(counted => counted.Key.Left + counted.Key.Right, StringComparer.Ordinal)
            .ThenBy(counted => counted.Key.Left, StringComparer.Ordinal)
            .First().Key;
    }

    /// <summary>A word of the text, how often it occurs, and how it is spelt so far.</summary>
    private sealed class Word(string text, int count)
    {
        public List<string> Pieces { get; } = [.. text.EnumerateRunes().Select(rune => rune.ToString())];

        public int Count => count;

        public void Merge(string left, string right)
        {
            for (var i = 1; i < Pieces.Count; i++)
            {
                if (Pieces[i - 1] != left || Pieces[i] != right)
                    continue;
                Pieces[i - 1] = left + right;
                Pieces.RemoveAt(i);
            }
        }
    }
}
