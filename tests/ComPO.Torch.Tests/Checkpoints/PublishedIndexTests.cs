using System.Text.Json;
using ComPO.Torch.Bodies;
using ComPO.Torch.Configuration;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Checkpoints;

/// <summary>The real configurations of 7B to 9B models, built without memory and held against the indexes that were published with their weights.</summary>
public sealed class PublishedIndexTests
{
    [Theory]
    [InlineData("Mistral-7B-Instruct-v0.2", 32, 32000, 4096)]
    [InlineData("Meta-Llama-3-8B-Instruct", 32, 128256, 4096)]
    [InlineData("gemma-2-9b-it", 42, 256000, 3584)]
    public void Names_and_sizes_are_those_of_the_published_index(string model, int layers, int vocabulary, int hidden)
    {
        var folder = Repository.Data("hf-meta", model);
        var config = ModelConfigReader.Read(folder);
        using var scope = NewDisposeScope();
        var parameters = OnMeta(config);
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "model.safetensors.index.json")));

        Assert.Equal((layers, vocabulary, hidden), (config.LayerCount, config.VocabularySize, config.HiddenSize));
        Assert.Equal(
            index.RootElement.GetProperty("weight_map").EnumerateObject().Select(tensor => tensor.Name).Order(StringComparer.Ordinal),
            parameters.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64(),
            parameters.Values.Sum(parameter => parameter.numel() * parameter.element_size()));
    }

    private static Dictionary<string, Tensor> OnMeta(ModelConfig config)
    {
        IEnumerable<(string Name, long[] Shape)> head = config.TiesEmbeddings ? [] : [("lm_head.weight", [config.VocabularySize, config.HiddenSize])];
        return DecoderDescription.Of(config).Parameters.Concat(head)
            .ToDictionary(parameter => parameter.Name, parameter => empty(parameter.Shape, config.Dtype, META));
    }
}
