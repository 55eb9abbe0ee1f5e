using System.Text.Json.Nodes;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Safetensors;
using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Checkpoints;

public sealed class ModelExporterTests
{
    [Theory]
    [InlineData("llama", false)]
    [InlineData("llama-tied", false)]
    [InlineData("llama", true)]
    [InlineData("llama-tied", true)]
    public void An_exported_model_is_the_base_with_another_head_to_the_last_bit(string model, bool sharded)
    {
        using var source = sharded ? ShardedModel.Of(model) : Whole(model);
        source.Write("notes.txt", "kept");
        source.Write("pytorch_model.bin", "the old head");
        Directory.CreateDirectory(source["extra"]);
        File.WriteAllText(source["extra/merges.txt"], "kept too");
        using var before = Checkpoint.Open(source.Path);
        var head = Moved(before, 1e-3f);
        using var output = new TemporaryFolder();

        var export = ModelExporter.Write(source.Path, head, HeadExportType.Float32, output["trained"]);

        Assert.Equal((output["trained"], HeadExportType.Float32), (export.Folder, export.Type));
        using var after = Checkpoint.Open(export.Folder);
        Assert.False(after.TiesHead);
        Assert.Equal(TensorType.Float32, after.HeadType);
        Assert.Equal(head.ComputeDigest(), after.LoadHead().ComputeDigest());
        foreach (var name in before.Tensors.Keys.Where(name => name != Checkpoint.UntiedHeadName))
            Assert.Equal(before.LoadFloat32(name), after.LoadFloat32(name));
        Assert.Equal(before.Tensors.Keys.Append(Checkpoint.UntiedHeadName).Distinct().Order(), after.Tensors.Keys.Order());

        Assert.Equal("kept", File.ReadAllText(Path.Combine(export.Folder, "notes.txt")));
        Assert.Equal("kept too", File.ReadAllText(Path.Combine(export.Folder, "extra", "merges.txt")));
        Assert.False(File.Exists(Path.Combine(export.Folder, "pytorch_model.bin")));
        Assert.Equal(sharded, File.Exists(Path.Combine(export.Folder, "model.safetensors.index.json")));
        Assert.Single(Directory.GetFileSystemEntries(output.Path));

        // The body of the exported folder computes what the base's body does.
        using var body = DecoderBody.Load(before);
        using var exported = DecoderBody.Load(after);
        using var scope = NewDisposeScope();
        Assert.True(body.HiddenStates([1, 5, 9]).eq(exported.HiddenStates([1, 5, 9])).all().item<bool>());
    }

    [Theory]
    [InlineData("llama", HeadExportType.Float32, TensorType.Float32)]
    [InlineData("llama", HeadExportType.Base, TensorType.BFloat16)]
    [InlineData("llama-tied", HeadExportType.Float32, TensorType.Float32)]
    public void A_head_alone_is_one_file_with_the_tensor_that_the_whole_model_has(string model, HeadExportType type, TensorType expected)
    {
        using var source = Whole(model);
        using var before = Checkpoint.Open(source.Path);
        var head = Moved(before, 1e-3f);
        using var output = new TemporaryFolder();

        var alone = ModelExporter.WriteHead(source.Path, head, type, output["head"]);
        var whole = ModelExporter.Write(source.Path, head, type, output["whole"]);

        Assert.Equal((output["head"], type, whole.SurvivingShare), (alone.Folder, alone.Type, alone.SurvivingShare));
        var file = File.ReadAllBytes(Assert.Single(Directory.GetFiles(alone.Folder)));
        Assert.Equal(WrittenModel.HeadFileName, Path.GetFileName(Assert.Single(Directory.GetFiles(alone.Folder))));
        var header = SafetensorsHeader.Parse(file);
        var tensor = Assert.Single(header.Tensors);
        Assert.Equal((Checkpoint.UntiedHeadName, expected), (tensor.Name, tensor.Type));
        using var after = Checkpoint.Open(whole.Folder);
        using var stored = after.OpenHead();
        var bytes = new byte[tensor.SizeBytes];
        stored.ReadExactly(bytes);
        Assert.Equal(bytes, file[^bytes.Length..]);
        Assert.Throws<StorageException>(() => ModelExporter.WriteHead(source.Path, head, type, output["head"]));
        Assert.Equal(2, Directory.GetFileSystemEntries(output.Path).Length);
    }

    [Fact]
    public void Other_members_of_the_configuration_and_of_the_index_stay_as_and_where_they_were()
    {
        using var source = ShardedModel.Of("llama-tied");
        using var before = Checkpoint.Open(source.Path);
        using var output = new TemporaryFolder();
        ModelExporter.Write(source.Path, Moved(before, 1), HeadExportType.Float32, output["trained"]);

        var was = JsonNode.Parse(File.ReadAllText(source["config.json"]))!.AsObject();
        var config = JsonNode.Parse(File.ReadAllText(output["trained/config.json"]))!.AsObject();
        Assert.Equal(was.Select(member => member.Key), config.Select(member => member.Key));
        Assert.False(config["tie_word_embeddings"]!.GetValue<bool>());
        foreach (var (key, value) in was.Where(member => member.Key != "tie_word_embeddings")) Assert.Equal(value?.ToJsonString(), config[key]?.ToJsonString());

        var index = JsonNode.Parse(File.ReadAllText(output["trained/model.safetensors.index.json"]))!;
        Assert.Equal("é", index["metadata"]!["note"]!.GetValue<string>());
        using var after = Checkpoint.Open(output["trained"]);
        Assert.Equal(after.Tensors.Values.Sum(tensor => tensor.SizeBytes), index["metadata"]!["total_size"]!.GetValue<long>());
    }

    [Fact]
    public void In_the_base_type_a_head_is_rounded_to_nearest_as_torch_rounds_it()
    {
        using var source = Whole("llama");
        using var before = Checkpoint.Open(source.Path);
        var head = Moved(before, 3e-4f);
        using var output = new TemporaryFolder();
        ModelExporter.Write(source.Path, head, HeadExportType.Base, output["trained"]);

        using var after = Checkpoint.Open(output["trained"]);
        Assert.Equal(TensorType.BFloat16, after.HeadType);
        using var scope = NewDisposeScope();
        Assert.Equal(tensor(head.Values).to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray(), after.LoadHead().Values);
    }

    [Fact]
    public void The_surviving_share_counts_what_a_cast_to_the_base_type_leaves_of_the_changes()
    {
        using var source = Whole("llama");
        using var before = Checkpoint.Open(source.Path);
        using var output = new TemporaryFolder();
        double Share(HeadWeights head, string name) => ModelExporter.Write(source.Path, head, HeadExportType.Float32, output[name]).SurvivingShare;

        Assert.Equal(1, Share(before.LoadHead(), "unchanged"));
        Assert.Equal(0, Share(Moved(before, 1e-9f), "lost"));
        Assert.InRange(Share(Moved(before, 1f), "kept"), 0.999, 1);

        var head = Moved(before, 2e-4f);
        using var scope = NewDisposeScope();
        var old = tensor(before.LoadHead().Values);
        var expected = tensor(head.Values).to(ScalarType.BFloat16).to(ScalarType.Float32).ne(old).sum().item<long>() / (double)tensor(head.Values).ne(old).sum().item<long>();
        Assert.InRange(expected, 0.05, 0.95);
        Assert.Equal(expected, Share(head, "partly"), 1e-12);
    }

    [Fact]
    public void What_cannot_be_written_is_refused_and_nothing_is_left_half_written()
    {
        using var source = Whole("llama");
        using var before = Checkpoint.Open(source.Path);
        var head = before.LoadHead();
        using var output = new TemporaryFolder();

        Directory.CreateDirectory(output["filled"]);
        output.Write("filled/other.txt", "mine");
        Assert.Contains("not empty", Assert.Throws<StorageException>(() => ModelExporter.Write(source.Path, head, HeadExportType.Float32, output["filled"])).Message, StringComparison.Ordinal);
        output.Write("file", "mine");
        Assert.Throws<StorageException>(() => ModelExporter.Write(source.Path, head, HeadExportType.Float32, output["file/trained"]));
        Assert.Throws<ModelException>(() => ModelExporter.Write(source.Path, new HeadWeights(new HeadShape(2, 3), new float[6]), HeadExportType.Float32, output["small"]));
        Assert.Equal(["file", "filled"], Directory.GetFileSystemEntries(output.Path).Select(Path.GetFileName).Order());

        Directory.CreateDirectory(output["empty"]);
        ModelExporter.Write(source.Path, head, HeadExportType.Float32, output["empty/"]);
        ModelExporter.Write(source.Path, head, HeadExportType.Float32, source["within"]);
        Assert.False(Directory.EnumerateDirectories(source["within"]).Any());
    }

    private static TemporaryFolder Whole(string model)
    {
        var folder = new TemporaryFolder();
        folder.CopyAll(PublishedData.Model(model));
        return folder;
    }

    private static HeadWeights Moved(Checkpoint checkpoint, float size)
    {
        var head = checkpoint.LoadHead();
        for (var i = 0; i < head.Values.Length; i += 3) head.Values[i] += size * MathF.Sin(i + 1);
        return head;
    }
}
