using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.Pairs;
using ComPO.Torch.Pairs.Parquet;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace ComPO.Torch.Tests.Pairs;

public sealed class ParquetPairsTests : IDisposable
{
    private const string Texts = """{"prompt":"Q","chosen":"A","rejected":"B"}""";

    private readonly TemporaryFolder _folder = new();

    public static string[] ForeignFiles => ["duckdb-zstd.parquet", "hyparquet-snappy.parquet"];

    private string Data => _folder["data"];

    public void Dispose() => _folder.Dispose();

    public static string Foreign(string file) => Path.Combine(Repository.Root, "tests", "ComPO.Torch.Tests", "Pairs", "Foreign", file);

    [Theory]
    [InlineData("duckdb-zstd.parquet")]
    [InlineData("hyparquet-snappy.parquet")]
    public void Files_of_other_implementations_have_the_rows_they_were_made_of(string file)
    {
        var rows = Rows(ParquetPairs.Read(Foreign(file)));
        Assert.Equal(Expected(File.ReadAllLines(Foreign("rows.jsonl")), Foreign(file)), rows);
        Assert.Equal(4, rows.Length);
        Assert.Contains("おはようございます", rows[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Compression.Uncompressed)]
    [InlineData(Compression.Snappy)]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Brotli)]
    [InlineData(Compression.Zstd)]
    [InlineData(Compression.Lz4)]
    public void Published_rows_are_the_same_from_wherever_they_are_read(Compression compression)
    {
        var lines = File.ReadLines(Path.Combine(Repository.Data("prefs", "ultrafeedback"), "train1000.trl-layout.jsonl")).Take(60).ToArray();
        ParquetCopy.Write(Data, lines, rowsInGroup: 23, compression);
        var expected = Expected(lines, Data);
        foreach (var skip in (int[])[0, 1, 22, 23, 24, 46, 59, 60, 1000])
            Assert.Equal(expected.Skip(skip), Rows(ParquetPairs.Read(Data, skip)));
    }

    [Theory]
    [InlineData("""{"prompt":"Q \"x\"\n","chosen":" A\u0001","rejected":"B😀"}""", """{"prompt":null,"chosen":"Q A","rejected":"Q B"}""", """{"chosen":"","rejected":"B"}""")]
    [InlineData("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}],"id":7}""", """{"prompt":[],"chosen":[],"rejected":[]}""")]
    [InlineData("""{"chosen_input_ids":[4],"prompt_input_ids":[1,2,3],"rejected_input_ids":[5,6],"chosen":"not looked at"}""", """{"chosen_input_ids":[],"prompt_input_ids":[2147483647],"rejected_input_ids":[0]}""")]
    [InlineData("""{"conversations":[{"from":"human","value":"Q"}],"chosen":{"from":"gpt","value":"A"},"rejected":{"from":"gpt","value":"B"},"system":"S"}""", """{"conversations":[{"from":"human","value":"Q"},{"from":"tool","value":"T"}],"chosen":{"from":"gpt","value":"A"},"rejected":{"from":"gpt","value":"B"}}""")]
    public void Every_layout_reads_as_it_does_in_JSON(params string[] rows)
    {
        ParquetCopy.Write(Data, rows, rowsInGroup: 100);
        Assert.Equal(Expected(rows, Data), Rows(ParquetPairs.Read(Data)));
    }

    [Theory]
    [InlineData("""{"instruction":"Q","completions":[{"model":"m","text":"A"}]}""", "has the columns \"instruction\" and \"completions\": expected \"chosen\" and \"rejected\", with \"prompt\" or \"conversations\" or without, or \"prompt_input_ids\", \"chosen_input_ids\" and \"rejected_input_ids\".")]
    [InlineData("""{"prompt":"Q","chosen":"A"}""", "has the columns \"prompt\" and \"chosen\": expected")]
    [InlineData("""{"prompt_input_ids":[1],"chosen_input_ids":[2],"rejected":"B"}""", "has the columns \"prompt_input_ids\", \"chosen_input_ids\" and \"rejected\": expected")]
    [InlineData("""{"chosen":0.5,"rejected":1.5}""", "has double in the column \"chosen\": expected texts, lists of turns, or lists of token ids.")]
    [InlineData("""{"chosen":1,"rejected":2}""", ", row 0 has a number as \"chosen\": expected text.")]
    [InlineData("""{"chosen":[{"content":"A"}],"rejected":[{"content":"B"}]}""", ", row 0 has no member \"role\"")]
    [InlineData("""{"prompt_input_ids":[1,-2],"chosen_input_ids":[2],"rejected_input_ids":[3]}""", ", row 0 has -2 in \"prompt_input_ids\"")]
    public void Columns_and_rows_of_no_layout_are_named(string row, string sentence)
    {
        ParquetCopy.Write(Data, [row], 1);
        Assert.Contains(sentence, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_are_not_Unicode_are_refused()
    {
        var schema = new Schema.Builder().Field(new Field("chosen", BinaryType.Default, false)).Field(new Field("rejected", BinaryType.Default, false)).Build();
        foreach (var (bytes, isText) in ((byte[], bool)[])[([0xC3, 0xA9], true), ([0xC3, 0x28], false)])
        {
            using (var writer = new FileWriter(Data, schema))
            {
                writer.WriteRecordBatch(new RecordBatch(schema, [Column(bytes), Column(bytes)], 1));
                writer.Close();
            }
            if (isText) Assert.Equal("é", Assert.IsType<TextRow>(Assert.Single(ParquetPairs.Read(Data))) is var row ? row.Prompt + row.Chosen : null);
            else Assert.Equal($"{Data}, row 0 holds a text that is not Unicode: expected UTF-8.", Refusal());
        }

        static BinaryArray Column(byte[] bytes) => new BinaryArray.Builder().Append(bytes.AsSpan()).Build();
    }

    [Fact]
    public void Damaged_files_are_refused_with_one_sentence()
    {
        var whole = ParquetCopy.Of(Texts, Compression.Snappy);
        foreach (var damaged in (byte[][])[whole[..^1], whole[..(whole.Length / 2)], "PAR1"u8.ToArray(), [.. whole[..4], .. new byte[60], .. whole[64..]], [.. "PAR1"u8, 255, 255, 255, 127, .. "PAR1"u8], DeepSchema(50_000)])
        {
            File.WriteAllBytes(Data, damaged);
            Assert.StartsWith($"{Data} begins as Parquet and cannot be read: ", Refusal(), StringComparison.Ordinal);
            Assert.DoesNotContain('\n', Refusal());
        }
    }

    [Fact]
    public void A_file_without_rows_is_refused()
    {
        var schema = new Schema.Builder().Field(new Field("chosen", StringType.Default, true)).Field(new Field("rejected", StringType.Default, true)).Build();
        using (var writer = new FileWriter(Data, schema)) writer.Close();
        Assert.Equal($"{Data} is empty: expected preference pairs, one a row.", Refusal());
    }

    [Fact]
    public void Columns_that_claim_more_than_their_bytes_can_hold_are_refused_before_anything_is_read()
    {
        var text = new string('a', 40_000_000);
        ParquetCopy.Write(Data, [$$"""{"prompt":"Q","chosen":"{{text}}","rejected":"B"}"""], 1, Compression.Zstd);
        Assert.InRange(new FileInfo(Data).Length, 0, 40_000);
        Assert.Matches("a column of row group 0 is said to hold [0-9]+ bytes in [0-9]+\\.$", Refusal());
    }

    [Fact]
    public void What_a_file_is_its_content_tells()
    {
        ParquetCopy.Write(_folder["data.jsonl"], [Texts], 1);
        File.WriteAllText(_folder["data.parquet"], Texts);
        var tokenizer = new PairTokenizer(new Lazy<ITextTokenizer>(() => throw new InvalidOperationException()), 512);
        foreach (var name in (string[])["data.jsonl", "data.parquet"])
        {
            // The tokenizer is asked for, so the row was read.
            using var file = new PreferenceFile(_folder[name], tokenizer);
            Assert.Throws<InvalidOperationException>(() => file.From(0).Count());
        }
    }

    private static string[] Expected(string[] lines, string name)
    {
        using var array = new MemoryStream(System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', lines)}]"));
        return Rows(PreferenceReader.Read(array, name));
    }

    private static string[] Rows(IEnumerable<PreferenceRow> rows) => [.. rows.Select(row => $"{row.GetType().Name} {JsonSerializer.Serialize((object)row, Readable)}")];

    private static JsonSerializerOptions Readable { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private string Refusal() => Assert.Throws<PreferenceDataException>(() => ParquetPairs.Read(Data).Count()).Message;

    /// <summary>A file without rows whose one column lies within so many structures.</summary>
    private static byte[] DeepSchema(int depth)
    {
        List<byte> footer = [0x15, 0x02, 0x19, 0xFC]; // version 1; the schema is a list of structures …
        for (var count = depth + 1; ; count >>= 7)
        {
            footer.Add((byte)(count < 128 ? count : count % 128 | 128));
            if (count < 128) break;
        }
        for (var i = 0; i < depth; i++) footer.AddRange([0x35, 0x00, 0x18, 0x01, (byte)'a', 0x15, 0x02, 0x00]); // required, named a, with one child
        footer.AddRange([0x15, 0x0C, 0x25, 0x00, 0x18, 0x01, (byte)'z', 0x00, 0x16, 0x00, 0x19, 0x0C, 0x00]); // bytes, required, named z; no rows, no row groups
        return [.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Count), .. "PAR1"u8];
    }
}
