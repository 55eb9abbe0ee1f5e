using ComPO.Core.Errors;
using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using TorchSharp;

namespace ComPO.Torch.Tests.Checkpoints;

public sealed class StoredMatrixTests
{
    [Theory]
    [InlineData("llama")]
    [InlineData("llama-tied")]
    [InlineData("mistral")]
    public void Its_rows_are_those_of_the_tensor(string model)
    {
        using var scope = torch.NewDisposeScope();
        using var checkpoint = Checkpoint.Open(PublishedData.Model(model));
        var whole = checkpoint.Load(checkpoint.HeadTensorName);
        using var stored = checkpoint.OpenMatrix(checkpoint.HeadTensorName);
        checkpoint.Dispose();

        Assert.Equal((whole.shape[0], whole.shape[1], whole.dtype), (stored.RowCount, stored.Columns, stored.Dtype));
        Assert.Equal(whole.narrow(0, 130, 70).contiguous().bytes.ToArray(), stored.Rows(130, 70).bytes.ToArray());
        Assert.Equal(whole.index_select(0, torch.tensor([7L, 0, 299, 7])).bytes.ToArray(), stored.Rows([7, 0, 299, 7]).bytes.ToArray());
        Assert.Equal(whole.bytes.ToArray(), stored.Pieces().SelectMany(piece => piece.bytes.ToArray()));
    }

    [Theory]
    [InlineData("llama", null)]
    [InlineData("llama-tied", null)]
    [InlineData("gemma2", null)]
    [InlineData("mistral", torch.ScalarType.Float32)]
    [InlineData("gemma2", torch.ScalarType.Float64)]
    [InlineData("llama-tied", torch.ScalarType.BFloat16)]
    public void A_body_that_leaves_its_embedding_in_the_file_gives_the_same_bits(string model, torch.ScalarType? dtype)
    {
        using var scope = torch.NewDisposeScope();
        using var checkpoint = Checkpoint.Open(PublishedData.Model(model));
        using var whole = DecoderBody.Load(checkpoint, dtype);
        using var leaving = DecoderBody.Load(checkpoint, dtype, leavesEmbedding: true);
        long[] ids = [1, 300, 17, 17, 219, 2, 99];

        Assert.Equal(whole.HiddenStates(ids).bytes.ToArray(), leaving.HiddenStates(ids).bytes.ToArray());
        Assert.Equal(whole.AllHiddenStates(ids).bytes.ToArray(), leaving.AllHiddenStates(ids).bytes.ToArray());
        Assert.True(leaving.MemoryBytes < whole.MemoryBytes);
    }

    [Fact]
    public void A_file_that_was_changed_meanwhile_is_refused_by_its_name()
    {
        using var folder = new TemporaryFolder();
        folder.CopyAll(PublishedData.Model("llama"));
        using var checkpoint = Checkpoint.Open(folder.Path);
        using var stored = checkpoint.OpenMatrix(Checkpoint.UntiedHeadName);
        var path = folder["model.safetensors"];

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));
        Assert.Equal(
            $"{path} was changed while its tensor lm_head.weight is in use: expected the file as it was when the model was loaded; start this node again.",
            Assert.Throws<ModelException>(() => stored.Rows(0, 1)).Message);

        using (var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(100);
        Assert.Contains("was changed", Assert.Throws<ModelException>(() => stored.Rows([5])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_cannot_be_used_are_found_when_it_is_opened()
    {
        using var folder = new TemporaryFolder();
        folder.CopyAll(PublishedData.Model("llama"));
        var bytes = File.ReadAllBytes(folder["model.safetensors"]);
        var header = Core.Safetensors.SafetensorsHeader.Parse(bytes);
        Assert.True(header.TryGet(Checkpoint.EmbeddingName, out var entry));
        // bfloat16: a number beyond those of float16, then none at all.
        foreach (var (high, low, dtype, sentence) in ((byte, byte, torch.ScalarType?, string)[])[(0x7f, 0x00, torch.ScalarType.Float16, "too large for Float16"), (0x7f, 0xc0, null, "NaN or infinite")])
        {
            (bytes[header.DataOffset + entry.Offset + 1], bytes[header.DataOffset + entry.Offset]) = (high, low);
            File.WriteAllBytes(folder["model.safetensors"], bytes);
            using var checkpoint = Checkpoint.Open(folder.Path);
            var refusal = Assert.Throws<ModelException>(() => checkpoint.OpenMatrix(Checkpoint.EmbeddingName, dtype)).Message;
            Assert.StartsWith($"{folder["model.safetensors"]}: tensor {Checkpoint.EmbeddingName} has entries", refusal, StringComparison.Ordinal);
            Assert.Contains(sentence, refusal, StringComparison.Ordinal);
        }
    }
}
