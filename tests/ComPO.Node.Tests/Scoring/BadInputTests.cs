using System.Runtime.InteropServices;
using ComPO.Core.Safetensors;
using ComPO.Node.Tests.Commands;

namespace ComPO.Node.Tests.Scoring;

/// <summary>A model that cannot be used ends <c>score</c> with one sentence and nothing on standard output.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Norm = "model.layers.1.input_layernorm.weight";

    private readonly string _folder = Directory.CreateTempSubdirectory("compo-bad-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Weights_that_are_missing_truncated_or_a_pointer()
    {
        var weights = CopyModel();
        var whole = File.ReadAllBytes(weights);
        File.Delete(weights);
        await RefusedAsync("has no weights");
        File.WriteAllBytes(weights, whole[..^1]);
        await RefusedAsync("model.safetensors is not a whole safetensors file");
        File.WriteAllText(weights, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n");
        await RefusedAsync("model.safetensors is a Git LFS pointer");
    }

    [Fact]
    public async Task Every_malformed_file_of_the_reference_implementation()
    {
        var weights = CopyModel();
        var files = Directory.GetFiles(PublishedData.FolderOf("../safetensors/malformed"), "*.safetensors");
        Assert.Equal(18, files.Length);
        foreach (var file in files)
        {
            File.WriteAllBytes(weights, File.ReadAllBytes(file));
            // What is well-formed is read, and lacks the tensors of this model.
            await RefusedAsync(Path.GetFileName(file).StartsWith("accept", StringComparison.Ordinal) ? "has no tensor" : "is not a whole safetensors file");
        }
    }

    [Fact]
    public async Task Tensors_that_are_missing_of_another_shape_or_not_numbers()
    {
        var weights = CopyModel();
        var whole = File.ReadAllBytes(weights);
        foreach (var (name, rows, value, told) in ((string, int, float, string)[])
            [
                ("something.else", 64, 1, "no tensor " + Norm),
                (Norm, 63, 1, "[63]"),
                (Norm, 64, float.NaN, Norm + " has entries that are NaN or infinite"),
            ])
        {
            Replace(weights, whole, name, rows, value);
            await RefusedAsync(told);
        }
    }

    [Fact]
    public async Task An_architecture_that_nobody_knows()
    {
        CopyModel();
        var config = Path.Combine(_folder, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("LlamaForCausalLM", "MambaForCausalLM", StringComparison.Ordinal));

        await RefusedAsync("MambaForCausalLM, which is not supported");
    }

    private string CopyModel()
    {
        foreach (var file in Directory.GetFiles(PublishedData.FolderOf("stories260K")).Where(file => !file.EndsWith("golden_full.safetensors", StringComparison.Ordinal)))
            File.WriteAllBytes(Path.Combine(_folder, Path.GetFileName(file)), File.ReadAllBytes(file));
        return Path.Combine(_folder, "model.safetensors");
    }

    private static void Replace(string weights, byte[] whole, string name, int rows, float value)
    {
        var values = new float[rows];
        Array.Fill(values, value);
        var other = new TensorContent(name, TensorType.Float32, [rows], MemoryMarshal.AsBytes<float>(values).ToArray());
        var header = SafetensorsHeader.Parse(whole);
        using var stream = File.Create(weights);
        SafetensorsWriter.Write(stream, header.Tensors.Select(tensor => tensor.Name == Norm
            ? other
            : new TensorContent(tensor.Name, tensor.Type, tensor.Shape, whole.AsMemory((int)(header.DataOffset + tensor.Offset), (int)tensor.SizeBytes))));
    }

    private async Task RefusedAsync(string told)
    {
        var pairs = Path.Combine(_folder, "pairs.jsonl");
        await File.WriteAllTextAsync(pairs, """{"prompt_input_ids":[1],"chosen_input_ids":[2],"rejected_input_ids":[3]}""", TestContext.Current.CancellationToken);

        var (exit, output, error) = await CommandLineTests.RunAsync("score", "--model", _folder, "--data", pairs, "--json");

        Assert.Equal((3, ""), (exit, output));
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.Contains(_folder, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.EndsWith(".", error.TrimEnd(), StringComparison.Ordinal);
    }
}
