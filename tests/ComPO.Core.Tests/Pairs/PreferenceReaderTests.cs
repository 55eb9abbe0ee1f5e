using System.IO.Compression;
using System.Text;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using CsCheck;

namespace ComPO.Core.Tests.Pairs;

public sealed class PreferenceReaderTests
{
    private const string Explicit = """{"prompt":"Hello","chosen":" there.","rejected":" you."}""";

    [Theory]
    [InlineData(Explicit, "Hello", " there.", " you.")]
    // TRL's extract_prompt: what both begin with, and a space before the difference goes to the answers.
    [InlineData("""{"chosen":"The sky is blue.","rejected":"The sky is green."}""", "The sky is", " blue.", " green.")]
    [InlineData("""{"chosen":"aXb","rejected":"aYb"}""", "a", "Xb", "Yb")]
    [InlineData("""{"chosen":"same and more","rejected":"same"}""", "sam", "e and more", "e")]
    public void Text_has_its_prompt_or_the_one_that_both_answers_share(string line, string prompt, string chosen, string rejected) =>
        Assert.Equal(new TextRow(0, prompt, chosen, rejected), Assert.Single(Read(line)));

    [Fact]
    public void Common_turns_are_the_prompt_of_conversations()
    {
        var row = Assert.IsType<ConversationRow>(Assert.Single(Read(
            """{"chosen":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes"}],"rejected":[{"role":"user","content":"Hi"},{"role":"assistant","content":"No"}]}""")));

        Assert.Equal([new Turn("user", "Hi")], row.Prompt);
        Assert.Equal([new Turn("assistant", "Yes")], row.Chosen);
        Assert.Equal([new Turn("assistant", "No")], row.Rejected);
    }

    [Fact]
    public void Token_ids_are_taken_as_they_are()
    {
        var row = Assert.IsType<TokenRow>(Assert.Single(Read("""{"prompt_input_ids":[1,2],"chosen_input_ids":[3],"rejected_input_ids":[4,5]}""")));
        Assert.Equal(([1, 2], [3], [4, 5]), (row.Pair.PromptIds, row.Pair.ChosenIds, row.Pair.RejectedIds), new Arrays());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lines_and_arrays_plain_and_gzipped_give_the_same_rows(bool isGzip)
    {
        var lines = $"\uFEFF{Explicit}\r\n\n   \n{Explicit}\n";
        var array = $"[{Explicit},\n{Explicit}]";

        foreach (var text in new[] { lines, array })
        {
            var rows = PreferenceReader.Read(Stream(text, isGzip), "pairs").ToArray();
            Assert.Equal([0, 1], rows.Select(row => row.Row));
            Assert.Equal(["Hello", "Hello"], rows.Cast<TextRow>().Select(row => row.Prompt));
            Assert.Equal(1, Assert.Single(PreferenceReader.Read(Stream(text, isGzip), "pairs", skip: 1)).Row);
        }
    }

    [Theory]
    [InlineData("", "pairs is empty")]
    [InlineData("\n \n", "pairs is empty")]
    [InlineData("[]", "pairs is empty")]
    [InlineData(Explicit + "\n{\"prompt\":", "pairs, row 1 is not JSON")]
    [InlineData(Explicit + "\n\n17", "pairs, row 1 is a number")]
    [InlineData($"[{Explicit},{{\"prompt\":", "pairs, row 1 is not JSON")]
    [InlineData($"[{Explicit}", "pairs, row 1 is not JSON")]
    [InlineData($"[{Explicit}]\n{Explicit}", "pairs, row 1 is not JSON")]
    [InlineData("""{"prompt":"a","chosen":"b"}""", "pairs, row 0 has no member \"rejected\"")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":5}""", "pairs, row 0 has a number as \"rejected\"")]
    [InlineData("""[{"chosen":[{"role":"user"}],"rejected":[]}]""", "pairs, row 0 has no member \"content\"")]
    [InlineData("""{"prompt_input_ids":[-1],"chosen_input_ids":[3],"rejected_input_ids":[4]}""", "pairs, row 0 has -1 in \"prompt_input_ids\"")]
    public void What_cannot_be_understood_is_named_by_its_line(string text, string beginning) => Assert.StartsWith(
        beginning,
        Assert.Throws<PreferenceDataException>(() => PreferenceReader.Read(Stream(text, isGzip: false), "pairs").Count()).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Any_bytes_give_rows_or_a_sentence() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        try
        {
            _ = PreferenceReader.Read(new MemoryStream(bytes), "pairs").Count();
        }
        catch (PreferenceDataException exception)
        {
            Assert.StartsWith("pairs", exception.Message, StringComparison.Ordinal);
        }
    });

    [Fact]
    public void Lines_are_read_as_they_are_asked_for()
    {
        using var stream = Stream(string.Join('\n', Enumerable.Repeat(Explicit, 200_000)), isGzip: false);

        Assert.Equal(3, PreferenceReader.Read(stream, "pairs").Take(3).Count());
        Assert.InRange(stream.Position, 1, 1 << 20);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Elements_of_an_array_are_read_as_they_are_asked_for(bool isGzip)
    {
        const int Count = 300_000;
        using var stream = Stream($"[{string.Join(",\n ", Enumerable.Repeat(Explicit, Count))}]", isGzip);

        Assert.Equal(3, PreferenceReader.Read(stream, "pairs").Take(3).Count());
        Assert.InRange(stream.Position, 1, 1 << 20);

        stream.Position = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(Count - 1, Assert.Single(PreferenceReader.Read(stream, "pairs", skip: Count - 1)).Row);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1 << 20);
    }

    [Theory]
    [InlineData(Explicit + "\n{\"prompt\":\"", "x", "pairs, row 1 is longer than 64 MiB")]
    [InlineData("[" + Explicit + ",{\"prompt\":\"", "x", "pairs, row 1 is longer than 64 MiB")]
    [InlineData("[" + Explicit + ",{\"prompt\":[", "[[]],", "pairs, row 1 is longer than 64 MiB")]
    [InlineData("[" + Explicit, " ", "pairs, row 1 is longer than 64 MiB")]
    [InlineData("", " \n", "pairs begins with more than 64 MiB of white space")]
    public void A_row_without_end_is_refused_before_much_of_it_is_held(string beginning, string rest, string sentence)
    {
        using var stream = new EndlessStream(beginning, string.Concat(Enumerable.Repeat(rest, 4096)));

        Assert.StartsWith(
            sentence,
            Assert.Throws<PreferenceDataException>(() => PreferenceReader.Read(stream, "pairs").Count()).Message,
            StringComparison.Ordinal);
        Assert.InRange(stream.Given, 1, 2L * PreferenceReader.LongestRowBytes + (1 << 20));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("[", "]")]
    public void A_row_over_the_limit_is_refused_and_one_under_it_is_read(string before, string after)
    {
        var fits = $$"""{"prompt":"{{new string('x', PreferenceReader.LongestRowBytes - 100)}}","chosen":"a","rejected":"b"}""";
        Assert.Single(Read(before + fits + after));

        var tooLong = fits.Insert(20, new string('x', 200));
        Assert.Contains("is longer than 64 MiB", Assert.Throws<PreferenceDataException>(() => Read(before + tooLong + after)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_element_longer_than_the_buffer_is_read_whole()
    {
        var longest = new string('x', 1_000_000);
        var rows = Read($$"""[{{Explicit}}, {"prompt":"{{longest}}","chosen":"a","rejected":"b"} , {{Explicit}}]""").Cast<TextRow>().ToArray();

        Assert.Equal(["Hello", longest, "Hello"], rows.Select(row => row.Prompt));
    }

    [Theory]
    [InlineData("ultrafeedback/train1000.trl-layout.jsonl", 1000, 4, 2)]
    [InlineData("hh-rlhf/helpful-base/test.jsonl.gz", 2354, 2, 4)]
    [InlineData("hh-rlhf/harmless-base/test.jsonl.gz", 2312, 0, 4)]
    [InlineData("llama-factory/dpo_en_demo.json", 299, 0, 0)]
    public void Published_files_have_the_rows_that_are_said_of_them(string file, int rows, int identical, int empty)
    {
        var path = Repository.Data(["prefs", .. file.Split('/')]);
        using var stream = File.OpenRead(path);
        var tokenizer = new PairTokenizer(new Lazy<ITextTokenizer>(new Letters()), int.MaxValue);
        var candidates = PreferenceReader.Read(stream, file).Select(tokenizer.Tokenize).ToArray();

        Assert.Equal(rows, candidates.Length);
        Assert.Equal(identical, candidates.Count(candidate => candidate.Skipped == SkipReason.IdenticalPair));
        Assert.Equal(empty, candidates.Count(candidate => candidate.Skipped == SkipReason.EmptyCompletion));
    }

    private static IEnumerable<PreferenceRow> Read(string text) => [.. PreferenceReader.Read(Stream(text, isGzip: false), "pairs")];

    private static MemoryStream Stream(string text, bool isGzip)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (!isGzip)
            return new MemoryStream(bytes);
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        zipped.Position = 0;
        return zipped;
    }

    private sealed class Letters : ITextTokenizer
    {
        public int VocabularySize => 1 << 16;

        public int? BosId => 1;

        public int? EosId => 2;

        public int[] Encode(string text) => [.. text.Select(letter => (int)letter)];

        public string Decode(ReadOnlySpan<int> ids) => throw new NotSupportedException("These tests only encode.");

        public string Spell(ReadOnlySpan<int> ids) => Decode(ids);
    }

    private sealed class Arrays : IEqualityComparer<(int[], int[], int[])>
    {
        public bool Equals((int[], int[], int[]) x, (int[], int[], int[]) y) =>
            x.Item1.AsSpan().SequenceEqual(y.Item1) && x.Item2.AsSpan().SequenceEqual(y.Item2) && x.Item3.AsSpan().SequenceEqual(y.Item3);

        public int GetHashCode((int[], int[], int[]) obj) => obj.Item1.Length;
    }
}
