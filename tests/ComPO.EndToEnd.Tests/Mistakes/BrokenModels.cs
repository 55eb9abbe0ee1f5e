using System.Runtime.InteropServices;
using System.Text;
using ComPO.Core.Safetensors;

namespace ComPO.EndToEnd.Tests.Mistakes;

/// <summary>Copies of a good model, each broken in one way.</summary>
internal static class BrokenModels
{
    private const string Weights = "model.safetensors";
    private const string FirstShard = "model-00001-of-00002.safetensors";
    private const string SecondShard = "model-00002-of-00002.safetensors";
    private const string Norm = "model.layers.1.input_layernorm.weight";

    /// <summary>The folder of a model that is broken in a named way.</summary>
    public static string Make(TemporaryFolder place, string fault)
    {
        var folder = place.Copy(Repository.Data("models", "stories260K"), "model");
        var weights = Path.Combine(folder, Weights);
        switch (fault)
        {
            case "no weights":
                File.Delete(weights);
                break;
            case "truncated weights":
                File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^100]);
                break;
            case "pointer":
                File.Copy(Path.Combine(Repository.Data("hf-meta", "Mistral-7B-Instruct-v0.2", "lfs-pointers"), "model-00001-of-00003.safetensors.lfs-pointer"), weights, overwrite: true);
                break;
            case "unknown architecture":
                Edit(folder, "LlamaForCausalLM", "MambaForCausalLM");
                break;
            case "larger tokenizer":
                File.Copy(Path.Combine(Repository.Data("models", "stories260K"), "tok512.model"), Path.Combine(folder, "tok512.model"), overwrite: true);
                Replace(weights, tensor => tensor.Shape is [512, var d] ? Floats(tensor.Name, [500, d], 0) : null);
                Edit(folder, "\"vocab_size\": 512", "\"vocab_size\": 500");
                break;
            case "smaller tokenizer":
                Replace(weights, tensor => tensor.Shape is [512, var d] ? Floats(tensor.Name, [700, d], 0) : null);
                Edit(folder, "\"vocab_size\": 512", "\"vocab_size\": 700");
                Edit(folder, "\"eos_token_id\": 2", "\"eos_token_id\": 699");
                break;
            case "missing shard":
                File.Move(weights, Path.Combine(folder, FirstShard));
                WriteIndex(folder);
                break;
            case "tensor in two shards":
                File.Copy(weights, Path.Combine(folder, SecondShard));
                File.Move(weights, Path.Combine(folder, FirstShard));
                WriteIndex(folder);
                break;
            case "tensor twice":
                // A name of the same length, so that nothing else in the file changes.
                var file = File.ReadAllBytes(weights);
                "0"u8.CopyTo(file.AsSpan(file.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{Norm}\"")) + "\"model.layers.".Length));
                File.WriteAllBytes(weights, file);
                break;
            case "missing tensor":
                Replace(weights, tensor => tensor.Name == Norm ? Floats("something.else", tensor.Shape, 1) : null);
                break;
            case "wrong shape":
                Replace(weights, tensor => tensor.Name == Norm ? Floats(Norm, [63], 1) : null);
                break;
            case "NaN":
                Replace(weights, tensor => tensor.Name == Norm ? Floats(Norm, tensor.Shape, float.NaN) : null);
                break;
            default:
                // One of the files with which the reference implementation tests its own reader.
                File.Copy(Path.Combine(Repository.Data("safetensors", "malformed"), fault), weights, overwrite: true);
                break;
        }
        return folder;
    }

    private static void WriteIndex(string folder) => File.WriteAllText(
        Path.Combine(folder, "model.safetensors.index.json"), $$"""{"weight_map":{"model.norm.weight":"{{FirstShard}}","{{Norm}}":"{{SecondShard}}" } }""");

    private static void Edit(string folder, string from, string to)
    {
        var file = Path.Combine(folder, "config.json");
        var config = File.ReadAllText(file);
        Assert.Contains(from, config, StringComparison.Ordinal);
        File.WriteAllText(file, config.Replace(from, to, StringComparison.Ordinal));
    }

    private static TensorContent Floats(string name, IReadOnlyList<long> shape, float value)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        Array.Fill(values, value);
        return new TensorContent(name, TensorType.Float32, [.. shape], MemoryMarshal.AsBytes<float>(values).ToArray());
    }

    private static void Replace(string weights, Func<TensorEntry, TensorContent?> change)
    {
        var file = File.ReadAllBytes(weights);
        var header = SafetensorsHeader.Parse(file);
        using var stream = File.Create(weights);
        SafetensorsWriter.Write(stream, header.Tensors.Select(tensor => change(tensor)
            ?? new TensorContent(tensor.Name, tensor.Type, tensor.Shape, file.AsMemory((int)(header.DataOffset + tensor.Offset), (int)tensor.SizeBytes))));
    }
}
