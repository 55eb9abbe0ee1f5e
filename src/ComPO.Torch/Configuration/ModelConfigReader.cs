using System.Text.Json;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using TorchSharp;

namespace ComPO.Torch.Configuration;

/// <summary>Reads <c>config.json</c> as Hugging Face transformers writes it for the families that this version computes.</summary>
public static class ModelConfigReader
{
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "config.json";

    /// <summary>What is made for each layer is bounded by this, whatever a damaged file says.</summary>
    private const int MostLayers = 4096;

    /// <summary>Reads the configuration of the model in a folder.</summary>
    /// <exception cref="ModelException">The file is missing or not JSON, the architecture or an option of it is not supported, or a value makes no sense.</exception>
    public static ModelConfig Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!Directory.Exists(folder)) throw new ModelException($"There is no model folder {folder}.");
        if (!File.Exists(path)) throw new ModelException($"The model folder {folder} has no {FileName}; a Hugging Face model folder is expected.");
        try
        {
            var text = File.ReadAllBytes(path);
            using var json = JsonDocument.Parse(text);
            return Read(new ConfigObject(path, json.RootElement)) with { Digest = Digest.Of(text) };
        }
        catch (JsonException cause)
        {
            throw new ModelException($"{path} is not valid JSON (line {cause.LineNumber + 1}).", cause);
        }
        catch (InvalidOperationException cause)
        {
            // A string with half of a surrogate pair.
            throw new ModelException($"{path} holds a text that is not Unicode.", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path} cannot be read: {cause.Message}", cause);
        }
    }

    private static ModelConfig Read(ConfigObject json)
    {
        var family = ReadFamily(json);
        RefuseUnsupported(json, family);
        var (heads, hidden, layers) = (json.Count("num_attention_heads"), json.Count("hidden_size"), json.Count("num_hidden_layers", largest: MostLayers));
        var (headSize, contextLength) = (json.Count("head_dim", family.HeadSize ?? Math.Max(1, hidden / heads)), json.Count("max_position_embeddings"));
        var rope = ReadRope(json);
        var biases = family.Biases == BiasRule.Optional && json.Flag("attention_bias");
        var config = new ModelConfig
        {
            Family = family,
            VocabularySize = json.Count("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = json.Count("intermediate_size"),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = ReadKeyValueHeads(json, family, heads),
            HeadSize = headSize,
            NormEpsilon = json.Positive("rms_norm_eps", 1e-6),
            RopeTheta = ReadRopeTheta(json, rope),
            RopeScaling = RopeScalingReader.Read(json, rope, headSize, contextLength),
            ContextLength = contextLength,
            Windows = SlidingWindows.Read(json, family.Windows, layers),
            QueryScalar = family.SoftCaps ? json.Positive("query_pre_attn_scalar") : null,
            AttentionSoftCap = ReadSoftCap(json, family, "attn_logit_softcapping", 50),
            QueryKeyValueBias = biases || family.Biases == BiasRule.QueryKeyValue,
            AttentionOutputBias = biases,
            FeedForwardBias = family.OptionalFeedForwardBias && json.Flag("mlp_bias"),
            TiesEmbeddings = json.Flag("tie_word_embeddings", family.TiesEmbeddings),
            FinalLogitSoftCap = ReadSoftCap(json, family, "final_logit_softcapping", 30),
            Dtype = ReadDtype(json, json.Has("torch_dtype") ? "torch_dtype" : "dtype"),
            BosId = json.Id("bos_token_id"),
            EosId = json.Id("eos_token_id"),
        };
        if (config.HeadCount % config.KeyValueHeadCount != 0)
            throw json.Wrong("num_key_value_heads", $"is {config.KeyValueHeadCount}, which does not divide the {config.HeadCount} of num_attention_heads");
        if (!json.Has("head_dim") && family.HeadSize is null && hidden % heads != 0)
            throw json.Wrong("hidden_size", $"is {hidden}, which the {heads} of num_attention_heads do not divide; head_dim is needed");
        if (config.HeadSize % 2 != 0)
            throw json.Wrong("head_dim", $"is {config.HeadSize}; rotary embeddings need an even number");
        return config;
    }

    private static DecoderFamily ReadFamily(ConfigObject json)
    {
        var known = string.Join(", ", DecoderFamily.All.Select(family => family.Architecture));
        var architecture = json.FirstText("architectures") ?? throw json.Wrong("architectures", $"is missing; this version computes {known}");
        return DecoderFamily.All.FirstOrDefault(family => family.Architecture == architecture)
            ?? throw json.Wrong("architectures", $"names {architecture}, which is not supported; this version computes {known}");
    }

    /// <summary>Options that would change the result if they were passed over.</summary>
    private static void RefuseUnsupported(ConfigObject json, DecoderFamily family)
    {
        var expected = family.Activation == Activation.Silu ? "silu" : "gelu_pytorch_tanh";
        if (json.Text(family.ActivationKey) is { } activation && activation != expected)
            throw json.Wrong(family.ActivationKey, $"is {activation}; {family.Architecture} is computed with {expected} only");
        if (json.Has("quantization_config"))
            throw json.Wrong("quantization_config", "says that the weights are quantized, which is not supported; use the model as it was before");
        if (json.Flag("use_bidirectional_attention"))
            throw json.Wrong("use_bidirectional_attention", "is set; only decoders, whose positions see those before them, are supported");
    }

    /// <summary>The rotary options. Version 5 of transformers gathers them in <c>rope_parameters</c>; versions differ in which object counts where both are there.</summary>
    private static ConfigObject? ReadRope(ConfigObject json) => json.Has("rope_scaling") && json.Has("rope_parameters") && !json.AreEqual("rope_scaling", "rope_parameters")
        ? throw json.Wrong("rope_scaling", "differs from rope_parameters, which is about the same; leave one of them out")
        : json.Object("rope_scaling") ?? json.Object("rope_parameters");

    /// <summary>The base of the rotary frequencies, which stands in the rotary options or beside them.</summary>
    private static double ReadRopeTheta(ConfigObject json, ConfigObject? rope)
    {
        if (rope?.Has("rope_theta") != true) return json.Positive("rope_theta", 10000);
        var theta = rope.Positive("rope_theta");
        return json.Positive("rope_theta", theta) is var beside && beside != theta
            ? throw rope.Wrong("rope_theta", $"is {theta}, and the rope_theta beside it is {beside}; leave one of them out")
            : theta;
    }

    /// <summary>Absent, the number of heads is Llama's default alone; null, it is everyone's.</summary>
    private static int ReadKeyValueHeads(ConfigObject json, DecoderFamily family, int heads) =>
        family == DecoderFamily.Llama || json.IsNull("num_key_value_heads") ? json.Count("num_key_value_heads", heads) : json.Count("num_key_value_heads");

    private static double? ReadSoftCap(ConfigObject json, DecoderFamily family, string key, double otherwise) =>
        family.SoftCaps && !json.IsNull(key) ? json.Positive(key, otherwise) : null;

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
