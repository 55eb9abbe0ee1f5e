using System.Globalization;
using System.IO.Compression;
using Apache.Arrow;
using Apache.Arrow.Types;
using ComPO.Core.Pairs;
using ComPO.Torch.Pairs;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace ComPO.Torch.Tests.Pairs;

/// <summary>Measures the whole process, and so runs while no other test does.</summary>
[CollectionDefinition(nameof(StreamingMemoryTests), DisableParallelization = true)]
[Collection(nameof(StreamingMemoryTests))]
public sealed class StreamingMemoryTests : IDisposable
{
    private const int Count = 6000, IdsInRow = 3 * 700;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("array")]
    [InlineData("gzipped lines")]
    [InlineData("Parquet, 60 row groups")]
    [InlineData("Parquet, 1 row group")]
    public void Memory_does_not_grow_with_the_file(string format)
    {
        var path = _folder["data"];
        switch (format)
        {
            case "array": WriteText(File.Create(path), "[", ",", "]"); break;
            case "gzipped lines": WriteText(new GZipStream(File.Create(path), CompressionLevel.Fastest), "", "\n", ""); break;
            case "Parquet, 1 row group": WriteParquet(path, Count); break;
            default: WriteParquet(path, Count / 60); break;
        }
        using var file = new PreferenceFile(path, new PairTokenizer(new Lazy<ITextTokenizer>(() => throw new InvalidOperationException()), int.MaxValue));
        var pool = MemoryPool.GetDefaultMemoryPool();
        var (rows, before, mostNative) = (0, GC.GetTotalMemory(forceFullCollection: true), 0L);
        foreach (var candidate in file.From(0))
        {
            Assert.Equal(rows, candidate.Row);
            Assert.Equal(rows, candidate.Pair!.PromptIds[0]);
            mostNative = Math.Max(mostNative, pool.BytesAllocated);
            if (rows++ % (Count / 4) == Count / 8) Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 2 << 20);
        }
        Assert.Equal(Count, rows);
        // Three columns, of each a page of 1 MiB as read and as unpacked, and 16 rows; the file has 100 MB.
        Assert.InRange(mostNative, format[0] == 'P' ? 1 : 0, 16 << 20);
        TestContext.Current.SendDiagnosticMessage($"{format}: {new FileInfo(path).Length} bytes read with {mostNative} of native memory");
    }

    private static int Id(int row, int at) => at == 0 ? row : (row * 7919 + at * 104729) & 0xFFFF;

    private static void WriteText(Stream stream, string beginning, string between, string end)
    {
        using var writer = new StreamWriter(stream);
        writer.Write(beginning);
        for (var row = 0; row < Count; row++)
        {
            if (row > 0) writer.Write(between);
            var ids = Enumerable.Range(0, IdsInRow / 3).Select(at => Id(row, at).ToString(CultureInfo.InvariantCulture));
            var list = string.Join(',', ids);
            writer.Write($$"""{"prompt_input_ids":[{{list}}],"chosen_input_ids":[{{list}}],"rejected_input_ids":[1,{{list}}]}""");
        }
        writer.Write(end);
    }

    private static void WriteParquet(string path, int rowsInGroup)
    {
        var list = new ListType(new Field("element", Int64Type.Default, nullable: false));
        string[] names = ["prompt_input_ids", "chosen_input_ids", "rejected_input_ids"];
        var schema = new Schema(names.Select(name => new Field(name, list, nullable: false)), null);
        using var builder = new WriterPropertiesBuilder().DisableDictionary().Compression(Compression.Snappy);
        using var properties = builder.Build();
        using var writer = new FileWriter(path, schema, properties);
        for (var first = 0; first < Count; first += 100)
        {
            if (first % rowsInGroup == 0) writer.NewBufferedRowGroup();
            writer.WriteBufferedRecordBatch(new RecordBatch(schema, names.Select((_, column) => Lists(list, first + column / 2, 100)), 100));
        }
        writer.Close();
    }

    private static ListArray Lists(ListType type, int first, int count)
    {
        var (ids, offsets) = (new Int64Array.Builder(), new ArrowBuffer.Builder<int>().Append(0));
        for (var row = first; row < first + count; row++)
        {
            for (var at = 0; at < IdsInRow / 3; at++) ids.Append(Id(row, at));
            offsets.Append(ids.Length);
        }
        return new ListArray(type, count, offsets.Build(), ids.Build(), ArrowBuffer.Empty);
    }
}
