using System.Globalization;
using System.Text;

namespace ComPO.Torch.Tokenizers.Json;

/// <summary>
/// Unicode's normalisation form C (Unicode Standard Annex 15), from tables of its own: a node runs without the system's culture data,
/// so that it computes alike everywhere, and .NET then leaves text as it is.
/// </summary>
internal static class CanonicalComposition
{
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;

    private static readonly Tables Data = Tables.Read();

    /// <summary>The text in form C.</summary>
    public static string Compose(string text)
    {
        // Below U+0300 nothing combines and nothing decomposes that would not come back.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF')) return text;
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, points);
        SortMarks(points);
        return Join(Compose(points));
    }

    private static void Decompose(int point, List<int> to)
    {
        if (point - SyllableBase is var syllable and >= 0 and < LeadCount * VowelCount * TailCount)
        {
            to.Add(LeadBase + syllable / (VowelCount * TailCount));
            to.Add(VowelBase + syllable / TailCount % VowelCount);
            if (syllable % TailCount > 0) to.Add(TailBase + syllable % TailCount);
        }
        else if (Data.Parts.TryGetValue(point, out var parts))
        {
            foreach (var part in parts) Decompose(part, to);
        }
        else
        {
            to.Add(point);
        }
    }

    /// <summary>Marks behind a character come in the order of their classes, of equal classes in their own.</summary>
    private static void SortMarks(List<int> points)
    {
        for (var start = 0; start < points.Count; start++)
        {
            var end = start;
            while (end < points.Count && Data.Class(points[end]) > 0) end++;
            if (end - start < 2) continue;
            var sorted = points[start..end].OrderBy(Data.Class).ToArray();
            for (var i = 0; i < sorted.Length; i++) points[start + i] = sorted[i];
            start = end;
        }
    }

    private static List<int> Compose(List<int> points)
    {
        var composed = new List<int>(points.Count);
        var (starter, lastClass) = (-1, -1);
        foreach (var point in points)
        {
            var markClass = Data.Class(point);
            // A mark reaches its character past others of a lower class only; a character only its neighbour.
            if (starter >= 0 && lastClass < markClass && Union(composed[starter], point) is { } union)
            {
                composed[starter] = union;
                continue;
            }
            (starter, lastClass) = markClass == 0 ? (composed.Count, -1) : (starter, markClass);
            composed.Add(point);
        }
        return composed;
    }

    private static int? Union(int first, int second)
    {
        if (first - LeadBase is var lead and >= 0 and < LeadCount && second - VowelBase is var vowel and >= 0 and < VowelCount)
            return SyllableBase + (lead * VowelCount + vowel) * TailCount;
        if (first - SyllableBase is var syllable and >= 0 and < LeadCount * VowelCount * TailCount && syllable % TailCount == 0
            && second - TailBase is var tail and > 0 and < TailCount)
            return first + tail;
        return Data.Unions.TryGetValue((first, second), out var union) ? union : null;
    }

    private static string Join(List<int> points)
    {
        var text = new StringBuilder(points.Count);
        foreach (var point in points) text.Append(new Rune(point).ToString());
        return text.ToString();
    }

    private sealed class Tables
    {
        private readonly Dictionary<int, int> _classes = [];

        public Dictionary<int, int[]> Parts { get; } = [];

        public Dictionary<(int, int), int> Unions { get; } = [];

        public int Class(int point) => _classes.GetValueOrDefault(point);

        public static Tables Read()
        {
            var tables = new Tables();
            using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("ComPO.Torch.Tokenizers.Json.canonical.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
                if (!line.StartsWith('#')) tables.Add(line);
            return tables;
        }

        private void Add(string line)
        {
            var at = line.AsSpan().IndexOfAny('=', '!', '-');
            var point = Hexadecimal(line[..at]);
            if (line[at] == '-')
            {
                var (last, number) = (line[(at + 1)..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]);
                for (var mark = point; mark <= Hexadecimal(last); mark++) _classes[mark] = int.Parse(number, CultureInfo.InvariantCulture);
                return;
            }
            Parts[point] = [.. line[(at + 1)..].Split(' ').Select(Hexadecimal)];
            if (line[at] == '=') Unions[(Parts[point][0], Parts[point][1])] = point;
        }

        private static int Hexadecimal(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
