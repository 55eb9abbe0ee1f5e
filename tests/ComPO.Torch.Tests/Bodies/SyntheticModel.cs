using System.Runtime.InteropServices;
using ComPO.Core.Safetensors;

namespace ComPO.Torch.Tests.Bodies;

/// <summary>A small model of made-up numbers: hidden size 24, inner 40, 2 key heads for 4 query heads, 3 blocks, V = 50. The tensors are named here by hand.</summary>
internal static class SyntheticModel
{
    public const int Hidden = 24, Inner = 40, Heads = 4, KeyHeads = 2, Blocks = 3, Vocabulary = 50;

    /// <summary>The members of config.json that every family has.</summary>
    public const string CommonConfig =
        "\"hidden_size\": 24, \"intermediate_size\": 40, \"num_attention_heads\": 4, \"num_key_value_heads\": 2, \"num_hidden_layers\": 3, \"vocab_size\": 50";

    /// <param name="config">Members of config.json besides the common ones.</param>
    /// <param name="headSize">The width of one head.</param>
    /// <param name="biases">Projections that have biases.</param>
    /// <param name="headNorms">Whether queries and keys have norms.</param>
    public static TemporaryFolder Write(string config, int headSize, string[]? biases = null, bool headNorms = false)
    {
        var folder = new TemporaryFolder();
        folder.Write("config.json", $"{{ {CommonConfig}, {config} }}");
        using var stream = File.Create(folder["model.safetensors"]);
        SafetensorsWriter.Write(stream, Shapes(headSize, biases ?? [], headNorms).Select((tensor, i) => Content(tensor.Name, tensor.Shape, i)));
        return folder;
    }

    private static IEnumerable<(string Name, long[] Shape)> Shapes(int headSize, string[] biases, bool headNorms)
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
        yield return ("model.norm.weight", [Hidden]);
        yield return ("lm_head.weight", [Vocabulary, Hidden]);
        for (var block = 0; block < Blocks; block++)
        {
            foreach (var norm in (string[])["input_layernorm", "post_attention_layernorm"]) yield return ($"model.layers.{block}.{norm}.weight", [Hidden]);
            foreach (var norm in headNorms ? (string[])["q_norm", "k_norm"] : []) yield return ($"model.layers.{block}.self_attn.{norm}.weight", [headSize]);
            foreach (var (part, rows, columns) in ((string, long, long)[])
                [
                    ("self_attn.q_proj", Heads * headSize, Hidden), ("self_attn.k_proj", KeyHeads * headSize, Hidden),
                    ("self_attn.v_proj", KeyHeads * headSize, Hidden), ("self_attn.o_proj", Hidden, Heads * headSize),
                    ("mlp.gate_proj", Inner, Hidden), ("mlp.up_proj", Inner, Hidden), ("mlp.down_proj", Hidden, Inner),
                ])
            {
                yield return ($"model.layers.{block}.{part}.weight", [rows, columns]);
                if (biases.Contains(part.Split('.')[1])) yield return ($"model.layers.{block}.{part}.bias", [rows]);
            }
        }
    }

    private static TensorContent Content(string name, long[] shape, int salt)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(Math.Sin(1.7 * i * i + 0.3 * i + 31 * salt) * (shape.Length == 2 ? 0.4 : 0.2) + (name.Contains("norm", StringComparison.Ordinal) ? 1 : 0));
        return new TensorContent(name, TensorType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());
    }
}
