using System.Text.Json;
using ComPO.Core.Errors;
using TorchSharp;

namespace ComPO.Torch.Configuration;

/// <summary>Reads <c>config.json</c> as Hugging Face transformers writes it for the families that this version computes.</summary>
public static class ModelConfigReader
{
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "config.json";

    private const string Llama = "LlamaForCausalLM";

    /// <summary>Reads the configuration of the model in a folder.</summary>
    /// <exception cref="ModelException">The file is missing or not JSON, the architecture or an option of it is not supported, or a value makes no sense.</exception>
    public static ModelConfig Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!Directory.Exists(folder)) throw new ModelException($"There is no model folder {folder}.");
        if (!File.Exists(path)) throw new ModelException($"The model folder {folder} has no {FileName}; a Hugging Face model folder is expected.");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return ReadLlama(new ConfigObject(path, json.RootElement));
        }
        catch (JsonException cause)
        {
            throw new ModelException($"{path} is not valid JSON (line {cause.LineNumber + 1}).", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path} cannot be read: {cause.Message}", cause);
        }
    }

    private static ModelConfig ReadLlama(ConfigObject json)
    {
        var architecture = json.FirstText("architectures")
            ?? throw json.Wrong("architectures", $"is missing; {Llama} is what this version computes");
        if (architecture != Llama)
            throw json.Wrong("architectures", $"names {architecture}, which is not supported; this version computes {Llama}");
        if (json.Text("hidden_act") is { } activation and not "silu")
            throw json.Wrong("hidden_act", $"is {activation}; {Llama} is computed with silu only");

        var heads = json.Count("num_attention_heads");
        var hidden = json.Count("hidden_size");
        // Version 5 of transformers gathers the rotary options in one object.
        var rope = json.Object("rope_parameters") ?? json.Object("rope_scaling");
        var config = new ModelConfig
        {
            Architecture = architecture,
            VocabularySize = json.Count("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = json.Count("intermediate_size"),
            LayerCount = json.Count("num_hidden_layers"),
            HeadCount = heads,
            KeyValueHeadCount = json.Count("num_key_value_heads", heads),
            HeadSize = json.Count("head_dim", hidden / heads),
            NormEpsilon = json.Positive("rms_norm_eps", 1e-6),
            RopeTheta = json.Positive("rope_theta", rope?.Positive("rope_theta", 10000) ?? 10000),
            RopeScaling = rope is null ? null : ReadRopeScaling(rope),
            ContextLength = json.Count("max_position_embeddings", 2048),
            AttentionBias = json.Flag("attention_bias"),
            FeedForwardBias = json.Flag("mlp_bias"),
            TiesEmbeddings = json.Flag("tie_word_embeddings"),
            Dtype = ReadDtype(json, json.Has("torch_dtype") ? "torch_dtype" : "dtype"),
            BosId = json.Id("bos_token_id"),
            EosId = json.Id("eos_token_id"),
        };
        if (config.HeadCount % config.KeyValueHeadCount != 0)
            throw json.Wrong("num_key_value_heads", $"is {config.KeyValueHeadCount}, which does not divide the {config.HeadCount} of num_attention_heads");
        if (!json.Has("head_dim") && hidden % heads != 0)
            throw json.Wrong("hidden_size", $"is {hidden}, which the {heads} of num_attention_heads do not divide; head_dim is needed");
        if (config.HeadSize % 2 != 0)
            throw json.Wrong("head_dim", $"is {config.HeadSize}; rotary embeddings need an even number");
        return config;
    }

    private static Llama3RopeScaling? ReadRopeScaling(ConfigObject rope)
    {
        switch (rope.Text("rope_type") ?? rope.Text("type") ?? "default")
        {
            case "default":
                return null;
            case "llama3":
                var scaling = new Llama3RopeScaling(
                    rope.Positive("factor"), rope.Positive("low_freq_factor"), rope.Positive("high_freq_factor"), rope.Count("original_max_position_embeddings"));
                return scaling.LowFrequencyFactor < scaling.HighFrequencyFactor
                    ? scaling
                    : throw rope.Wrong("low_freq_factor", "is not below high_freq_factor");
            case var other:
                throw rope.Wrong("rope_type", $"is {other}, which is not supported; this version computes llama3");
        }
    }

    private static torch.ScalarType? ReadDtype(ConfigObject json, string key) => json.Text(key) switch
    {
        null => null,
        "float32" => torch.ScalarType.Float32,
        "float64" => torch.ScalarType.Float64,
        "bfloat16" => torch.ScalarType.BFloat16,
        "float16" => torch.ScalarType.Float16,
        var other => throw json.Wrong(key, $"is {other}; float32, float64, bfloat16 or float16 is expected"),
    };
}
