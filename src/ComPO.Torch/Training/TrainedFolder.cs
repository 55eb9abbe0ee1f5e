using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using ComPO.Core.Errors;
using ComPO.Core.Safetensors;
using ComPO.Torch.Configuration;
using TorchSharp.Modules;

namespace ComPO.Torch.Training;

/// <summary>Writes trained parameters as a Hugging Face model folder: weights first, then the configuration, each renamed into place when whole.</summary>
internal static class TrainedFolder
{
    private const string WeightsName = "model.safetensors";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Write(string folder, ModelConfig config, IReadOnlyDictionary<string, Parameter> parameters)
    {
        try
        {
            Directory.CreateDirectory(folder);
            WriteWhole(Path.Combine(folder, WeightsName), stream =>
                SafetensorsWriter.Write(stream, parameters.Select(Content), SafetensorsWriter.TorchMetadata));
            WriteWhole(Path.Combine(folder, ModelConfigReader.FileName), stream =>
                JsonSerializer.Serialize(stream, Describe(config), Indented));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The trained model cannot be written to {folder} ({cause.Message}); make room there, or name another folder.", cause);
        }
    }

    private static TensorContent Content(KeyValuePair<string, Parameter> parameter)
    {
        using var values = parameter.Value.detach().contiguous();
        var bytes = MemoryMarshal.AsBytes(values.data<float>().ToArray().AsSpan()).ToArray();
        return new TensorContent(parameter.Key, TensorType.Float32, values.shape, (ReadOnlyMemory<byte>)bytes);
    }

    private static void WriteWhole(string path, Action<Stream> write)
    {
        var unfinished = path + ".unfinished";
        using (var stream = File.Create(unfinished))
            write(stream);
        File.Move(unfinished, path, overwrite: true);
    }

    private static JsonObject Describe(ModelConfig config) => new()
    {
        ["architectures"] = new JsonArray(config.Architecture),
        ["model_type"] = "llama",
        ["vocab_size"] = config.VocabularySize,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.LayerCount,
        ["num_attention_heads"] = config.HeadCount,
        ["num_key_value_heads"] = config.KeyValueHeadCount,
        ["head_dim"] = config.HeadSize,
        ["hidden_act"] = "silu",
        ["rms_norm_eps"] = config.NormEpsilon,
        ["rope_theta"] = config.RopeTheta,
        ["max_position_embeddings"] = config.ContextLength,
        ["rope_scaling"] = config.RopeScaling is Llama3RopeScaling scaling ? Describe(scaling) : null,
        ["attention_bias"] = config.QueryKeyValueBias,
        ["mlp_bias"] = config.FeedForwardBias,
        ["tie_word_embeddings"] = config.TiesEmbeddings,
        ["bos_token_id"] = config.BosId,
        ["eos_token_id"] = config.EosId,
        ["torch_dtype"] = "float32",
    };

    private static JsonObject Describe(Llama3RopeScaling scaling) => new()
    {
        ["rope_type"] = "llama3",
        ["factor"] = scaling.Factor,
        ["low_freq_factor"] = scaling.LowFrequencyFactor,
        ["high_freq_factor"] = scaling.HighFrequencyFactor,
        ["original_max_position_embeddings"] = scaling.OriginalContextLength,
    };
}
