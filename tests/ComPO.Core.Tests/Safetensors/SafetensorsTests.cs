using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using ComPO.Core.Safetensors;

namespace ComPO.Core.Tests.Safetensors;

public sealed class SafetensorsTests
{
    [Fact]
    public void Every_file_of_the_reference_implementations_tests_is_accepted_or_refused_as_there()
    {
        var files = Directory.GetFiles(Repository.Data("safetensors", "malformed"), "*.safetensors");
        Assert.Equal(18, files.Length);

        foreach (var file in files)
        {
            var accepted = Record.Exception(() => SafetensorsHeader.Parse(File.ReadAllBytes(file))) is null;
            Assert.True(accepted == Path.GetFileName(file).StartsWith("accept", StringComparison.Ordinal), file);

            using var stream = File.OpenRead(file);
            Assert.Equal(accepted, Record.Exception(() => SafetensorsHeader.Read(stream)) is null);
        }
    }

    [Fact]
    public void Files_that_others_wrote_are_read_whole()
    {
        foreach (var file in Directory.GetFiles(Repository.Data("safetensors", "real"), "*.safetensors"))
        {
            using var stream = File.OpenRead(file);
            var header = SafetensorsHeader.Read(stream);
            Assert.NotEmpty(header.Tensors);
            Assert.Equal(stream.Length, header.DataOffset + header.Tensors[^1].End);
            Assert.Equal(header.DataOffset, stream.Position);
        }
    }

    [Fact]
    public void What_is_written_is_laid_out_as_the_reference_implementation_does_and_reads_back()
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream,
            [
                new("z", TensorType.UInt8, [3], new byte[] { 7, 8, 9 }),
                new("b", TensorType.Float32, [1, 2], new byte[8]),
                new("a.è", TensorType.Float32, [], new byte[4]),
                new("none", TensorType.Int64, [0, 5], ReadOnlyMemory<byte>.Empty),
            ], SafetensorsWriter.TorchMetadata);
        var file = stream.ToArray();

        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        Assert.Equal(0, length % 8);
        Assert.Equal(
            """{"__metadata__":{"format":"pt"},"none":{"dtype":"I64","shape":[0,5],"data_offsets":[0,0]},"a.è":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]},"z":{"dtype":"U8","shape":[3],"data_offsets":[12,15]}}""",
            Encoding.UTF8.GetString(file, 8, length).TrimEnd(' '));

        var header = SafetensorsHeader.Parse(file);
        Assert.Equal("pt", header.Metadata["format"]);
        Assert.True(header.TryGet("z", out var z));
        Assert.Equal([7, 8, 9], file[(int)(header.DataOffset + z.Offset)..(int)(header.DataOffset + z.End)]);
    }

    [Fact]
    public void A_tensor_that_writes_too_little_is_noticed_and_so_is_a_name_given_twice()
    {
        TensorContent shortOne = new("w", TensorType.Float32, [2], new byte[7]), whole = new("w", TensorType.Float32, [2], new byte[8]);

        Assert.Contains("7 bytes instead of 8", Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(Stream.Null, [shortOne])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Stream.Null, [whole, whole]));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "F8_E4M3")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4, "a twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 5, "4 bytes after the header, and 5")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""", 4, "b lies at bytes 3 to 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}}""", 4, "not a whole number")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}""", 4, "not a whole number")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,4]}}""", 4, "lacks dtype, shape or data_offsets")]
    [InlineData("""{"__metadata__":{"format":1}}""", 0, "not a text")]
    [InlineData("""{} {}""", 0, "not valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4, "not Unicode")]
    public void A_refusal_says_what_is_wrong(string json, int dataBytes, string expected)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => SafetensorsHeader.Parse(FileOf(json, dataBytes)));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_anywhere_in_a_header_is_refused_or_harmless_but_never_something_else()
    {
        var good = FileOf("""{"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}}""", 4);
        for (var at = 0; at < good.Length; at++)
        {
            foreach (var value in (byte[])[0, 1, (byte)'"', (byte)'9', (byte)'{', 0x80, 0xff])
            {
                var damaged = good.ToArray();
                damaged[at] = value;
                Assert.True(Record.Exception(() => _ = SafetensorsHeader.Parse(damaged)) is null or InvalidDataException, $"byte {at} as {value}");
            }
            Assert.Throws<InvalidDataException>(() => SafetensorsHeader.Parse(good.AsSpan(0, at)));
        }
    }

    [Fact]
    public void A_header_said_to_be_huge_is_refused_without_making_room_for_it()
    {
        var file = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(file, 99_999_999);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => SafetensorsHeader.Read(new MemoryStream(file)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void A_shape_read_back_by_another_json_reader_is_the_same()
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, [new("\"quoted\\name\"", TensorType.Int16, [2, 1], new byte[4])]);
        var file = stream.ToArray();
        using var json = JsonDocument.Parse(file.AsMemory(8, (int)BinaryPrimitives.ReadUInt64LittleEndian(file)));
        Assert.Equal(2, json.RootElement.GetProperty("\"quoted\\name\"").GetProperty("shape")[0].GetInt32());
    }

    private static byte[] FileOf(string json, int dataBytes)
    {
        var text = Encoding.UTF8.GetBytes(json);
        var file = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)text.Length);
        text.CopyTo(file, 8);
        return file;
    }
}
