using ComPO.Core.Engines;
using ComPO.Core.Safetensors;
using ComPO.Torch.Models;
using TorchSharp;

namespace ComPO.Torch.Tests.Models;

/// <summary>Two models of which anything may compute other bits do not say that they are of one origin.</summary>
public sealed class OriginTests
{
    private static readonly TorchModelOptions Options = new() { Threads = 2 };

    [Fact]
    public void A_model_is_of_the_same_origin_wherever_its_folder_lies()
    {
        using var copy = Copy();

        Assert.Equal(OriginsOf(PublishedData.Model("llama")), OriginsOf(copy.Path));
    }

    [Theory]
    [InlineData("model.embed_tokens.weight")]
    [InlineData("model.layers.1.mlp.down_proj.weight")]
    [InlineData("model.norm.weight")]
    public void A_single_bit_of_the_body_makes_another_origin_of_features_and_scores(string tensor)
    {
        using var copy = Copy();
        FlipLowestBit(copy["model.safetensors"], tensor);

        var (before, after) = (OriginsOf(PublishedData.Model("llama")), OriginsOf(copy.Path));

        Assert.NotEqual(before.Features, after.Features);
        Assert.NotEqual(before.Scores, after.Scores);
    }

    [Fact]
    public void The_head_decides_scores_and_not_features()
    {
        using var copy = Copy();
        FlipLowestBit(copy["model.safetensors"], "lm_head.weight");

        var (before, after) = (OriginsOf(PublishedData.Model("llama")), OriginsOf(copy.Path));

        Assert.Equal(before.Features, after.Features);
        Assert.NotEqual(before.Scores, after.Scores);
    }

    [Fact]
    public void Configuration_type_threads_and_a_reference_model_of_its_own_make_other_origins()
    {
        var folder = PublishedData.Model("llama");
        using var copy = Copy();
        File.WriteAllText(copy["config.json"], File.ReadAllText(copy["config.json"]).Replace("rms_norm_eps\": 1e-05", "rms_norm_eps\": 1e-06", StringComparison.Ordinal));
        Assert.NotEqual(File.ReadAllText(copy["config.json"]), File.ReadAllText(Path.Combine(folder, "config.json")));
        (string Features, string Scores)[] origins =
        [
            OriginsOf(folder),
            OriginsOf(copy.Path),
            OriginsOf(folder, Options with { Dtype = torch.ScalarType.Float32 }),
            OriginsOf(folder, Options with { Threads = 1 }),
        ];

        Assert.Equal(4, origins.Select(origin => origin.Features).Distinct().Count());
        Assert.Equal(4, origins.Select(origin => origin.Scores).Distinct().Count());
        var beside = OriginsOf(folder, reference: PublishedData.Model("llama-tied"));
        Assert.Equal((origins[0].Features, OriginsOf(PublishedData.Model("llama-tied")).Scores), beside);
    }

    private static (string Features, string Scores) OriginsOf(string folder, TorchModelOptions? options = null, string? reference = null)
    {
        using var model = TorchNodeModel.Open(new ModelRequest(folder, reference, WithBody: true), options ?? Options);
        return (model.FeatureOrigin, model.ReferenceOrigin);
    }

    private static TemporaryFolder Copy()
    {
        var folder = new TemporaryFolder();
        foreach (var name in (string[])["config.json", "model.safetensors"])
            folder.Copy(PublishedData.Model("llama"), name);
        return folder;
    }

    private static void FlipLowestBit(string file, string tensor)
    {
        var bytes = File.ReadAllBytes(file);
        var header = SafetensorsHeader.Parse(bytes);
        Assert.True(header.TryGet(tensor, out var entry));
        bytes[header.DataOffset + entry.Offset] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
