using System.Globalization;
using System.Text.Json;
using ComPO.Core.Engines;
using ComPO.Core.Safetensors;
using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Models;
using TorchSharp;

namespace ComPO.Torch.Tests.Checkpoints;

/// <summary>Measures the whole process, and so runs while no other test does.</summary>
[CollectionDefinition(nameof(LoadingMemoryTests), DisableParallelization = true)]
[Collection(nameof(LoadingMemoryTests))]
public sealed class LoadingMemoryTests
{
    private const int Hidden = 1024, Inner = 4096, Layers = 12, Shards = 3;

    // With these an embedding is the share of the whole that it is of Mistral-7B (2 %, and here 4), Llama-3-8B (7 %) and Gemma-2-9B (10 %, and its head).
    private const int SmallVocabulary = 8000, LlamaVocabulary = 14_800, GemmaVocabulary = 21_700;

    // What is taken meanwhile whatever a model's size: pieces on their way from a file. Of the files of a 7B model it is a thousandth.
    private const long PiecesBytes = 16 << 20;

    // Less would mean that nothing was measured.
    private const double LeastToBeSeen = 0.7;

    [Theory]
    [InlineData(null)]
    [InlineData(torch.ScalarType.Float32)]
    public void A_model_is_loaded_with_hardly_more_memory_than_its_files_have_bytes(torch.ScalarType? dtype)
    {
        using var folder = Write(SmallVocabulary);
        // As stored, two bytes a number; asked for as float32, all but the head is twice that.
        var bytes = FilesBytes(folder) * (dtype is null ? 1 : 2);

        Assert.InRange(PeakOver(bytes, () => ScoringModel.Open(folder.Path, dtype, threads: 1)), LeastToBeSeen, 1.1);
    }

    [Theory]
    [InlineData(SmallVocabulary, false)]
    [InlineData(LlamaVocabulary, false)]
    [InlineData(GemmaVocabulary, true)]
    public void A_trainer_with_a_body_takes_no_more_for_all_its_float32_head(int vocabulary, bool isTied)
    {
        using var folder = Write(vocabulary, isTied);
        var bytes = FilesBytes(folder) + PiecesBytes;

        Assert.InRange(PeakOver(bytes, () => TorchNodeModel.Open(new ModelRequest(folder.Path, null, WithBody: true), new TorchModelOptions { Threads = 1 })), LeastToBeSeen, 1.1);
    }

    /// <summary>
    /// The most that the process grew while a model was opened, over <paramref name="bytes"/>: the median of three times, because a system that takes idle
    /// pages of the library back makes it seem less, and one that has taken them back before makes it seem more.
    /// </summary>
    private static double PeakOver(long bytes, Func<IDisposable> open)
    {
        // The library's own pages and the code that is compiled are there from now on.
        open().Dispose();
        var ratios = new double[3];
        for (var i = 0; i < ratios.Length; i++)
        {
            IDisposable? model = null;
            ratios[i] = (double)ProcessPeak.Over(() => model = open()) / bytes;
            model?.Dispose();
        }
        Array.Sort(ratios);
        TestContext.Current.SendDiagnosticMessage(string.Create(
            CultureInfo.InvariantCulture, $"{bytes} bytes loaded with a peak of {ratios[0]:f3}, {ratios[1]:f3} and {ratios[2]:f3} times as many"));
        return ratios[1];
    }

    private static long FilesBytes(TemporaryFolder folder) => Directory.GetFiles(folder.Path, "*.safetensors").Sum(file => new FileInfo(file).Length);

    private static TemporaryFolder Write(int vocabulary, bool isTied = false)
    {
        var folder = new TemporaryFolder();
        folder.Write("config.json", $$"""
            { "architectures": ["LlamaForCausalLM"], "hidden_size": {{Hidden}}, "intermediate_size": {{Inner}}, "num_attention_heads": 8, "num_hidden_layers": {{Layers}},
              "vocab_size": {{vocabulary}}, "max_position_embeddings": 2048, "tie_word_embeddings": {{(isTied ? "true" : "false")}}, "torch_dtype": "bfloat16" }
            """);
        var parameters = DecoderDescription.Of(Configuration.ModelConfigReader.Read(folder.Path)).Parameters
            .Select(parameter => new TensorContent(parameter.Name, TensorType.BFloat16, parameter.Shape, WriteOnes(parameter.Shape)))
            .Concat(isTied ? [] : [new TensorContent(Checkpoint.UntiedHeadName, TensorType.BFloat16, [vocabulary, Hidden], WriteOnes([vocabulary, Hidden]))]);
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (shard, part) in parameters.Chunk(9 * Layers / Shards + 1).Index())
        {
            var name = $"model-0000{shard + 1}-of-0000{Shards}.safetensors";
            using var stream = File.Create(folder[name]);
            SafetensorsWriter.Write(stream, part);
            foreach (var tensor in part) map[tensor.Name] = name;
        }
        folder.Write("model.safetensors.index.json", JsonSerializer.Serialize(new { metadata = new { }, weight_map = map }));
        return folder;
    }

    private static Action<Stream> WriteOnes(long[] shape) => stream =>
    {
        var row = new byte[2 * shape[^1]];
        for (var i = 0; i < row.Length; i += 2) (row[i], row[i + 1]) = (0x80, 0x3f);
        for (var i = 0L; i < shape.Aggregate(1L, (a, b) => a * b) / shape[^1]; i++) stream.Write(row);
    };
}
