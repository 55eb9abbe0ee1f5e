using System.Runtime.InteropServices;
using System.Text;
using ComPO.Core.Safetensors;
using ComPO.Node.Tests.Commands;

namespace ComPO.Node.Tests.Scoring;

/// <summary>A model or data that cannot be used ends <c>score</c> with one sentence and nothing on standard output.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Pair = """{"prompt_input_ids":[1],"chosen_input_ids":[2],"rejected_input_ids":[3]}""";
    private const string FirstShard = "model-00001-of-00002.safetensors";
    private const string SecondShard = "model-00002-of-00002.safetensors";
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

    [Fact]
    public async Task An_index_that_names_a_shard_that_is_not_there()
    {
        CopyShards();
        File.Delete(Path.Combine(_folder, SecondShard));

        await RefusedAsync($"{Path.Combine(_folder, "model.safetensors.index.json")} names the weights file {SecondShard}, which is not in the folder");
    }

    [Fact]
    public async Task A_tensor_that_is_in_two_shards_or_twice_in_one()
    {
        CopyShards();
        var second = Path.Combine(_folder, SecondShard);
        var whole = File.ReadAllBytes(second);
        var again = Tensors(File.ReadAllBytes(Path.Combine(_folder, FirstShard)))[0];
        using (var stream = File.Create(second))
            SafetensorsWriter.Write(stream, [.. Tensors(whole), again]);
        await RefusedAsync($"Tensor {again.Name} is in {FirstShard} and again in {SecondShard}");

        // Two names of one length, so that nothing else in the file changes.
        var names = SafetensorsHeader.Parse(whole).Tensors.Select(tensor => tensor.Name).ToArray();
        var (kept, renamed) = names.SelectMany(name => names, (first, second) => (first, second))
            .First(pair => pair.first != pair.second && pair.first.Length == pair.second.Length);
        Encoding.UTF8.GetBytes(kept).CopyTo(whole, whole.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{renamed}\"")) + 1);
        File.WriteAllBytes(second, whole);
        await RefusedAsync($"{SecondShard} is not a whole safetensors file: its header names {kept} twice");
    }

    [Fact]
    public async Task A_tokenizer_that_has_more_tokens_than_the_model()
    {
        CopyModel();
        File.WriteAllBytes(Path.Combine(_folder, "tokenizer.model"), File.ReadAllBytes(PublishedData.FolderOf("../tokenizers/mistral") + "/tokenizer.model.v1"));

        await RefusedAsync("tokenizer.model has 32000 tokens, more than the 512 rows", """{"prompt":"a","chosen":"b","rejected":"c"}""");
    }

    [Theory]
    [InlineData("none", """{"prompt_input_ids":[1],"chosen_input_ids":[2,512],"rejected_input_ids":[3]}""", "row 1 has token id 512 at position 1 of its chosen tokens")]
    [InlineData("gemma", """{"prompt":[{"role":"system","content":"S"},{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", "row 1 has a turn of \"system\"")]
    [InlineData("gemma", """{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"user","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", "row 1 has no turn of \"assistant\" in \"chosen\"")]
    [InlineData("none", """{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"user","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", "row 1 has no turn of \"assistant\" in \"chosen\"")]
    public async Task A_row_that_is_not_for_this_model(string template, string row, string told)
    {
        CopyModel();

        // The row before it can be used, so that standard output is not empty.
        await RefusedAsync($"pairs.jsonl, {told}", $"{Pair}\n\n{row}", """{"index":0,""", "--chat-template", template);
    }

    [Fact]
    public async Task A_prompt_that_is_longer_than_the_context_is_skipped_and_listed()
    {
        CopyModel();
        var pairs = await WriteAsync($$"""
            {{Pair}}
            {"prompt":"{{string.Concat(Enumerable.Repeat("once upon a time ", 300))}}","chosen":" yes","rejected":" no"}
            """);

        var (exit, output, error) = await CommandLineTests.RunAsync("score", "--model", _folder, "--data", pairs, "--json");

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("""{"summary":{"pairs":1,"skipped":{"tooLong":1},"skippedRows":{"tooLong":[1]},""", output, StringComparison.Ordinal);
        Assert.Equal($"{pairs}: 1 row skipped: tooLong (row 1)", (await CommandLineTests.RunAsync("tokenize", "--model", _folder, "--data", pairs)).Error.TrimEnd());
    }

    private void CopyShards()
    {
        foreach (var file in Directory.GetFiles(PublishedData.FolderOf("mistral")).Where(file => !Path.GetFileName(file).StartsWith("golden", StringComparison.Ordinal)))
            File.WriteAllBytes(Path.Combine(_folder, Path.GetFileName(file)), File.ReadAllBytes(file));
    }

    private static TensorContent[] Tensors(byte[] file)
    {
        var header = SafetensorsHeader.Parse(file);
        return [.. header.Tensors.Select(tensor => new TensorContent(
            tensor.Name, tensor.Type, tensor.Shape, file.AsMemory((int)(header.DataOffset + tensor.Offset), (int)tensor.SizeBytes)))];
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

    private async Task<string> WriteAsync(string rows)
    {
        var pairs = Path.Combine(_folder, "pairs.jsonl");
        await File.WriteAllTextAsync(pairs, rows, TestContext.Current.CancellationToken);
        return pairs;
    }

    private async Task RefusedAsync(string told, string rows = Pair, string printed = "", params string[] options)
    {
        var pairs = await WriteAsync(rows);

        var (exit, output, error) = await CommandLineTests.RunAsync(["score", "--model", _folder, "--data", pairs, "--json", .. options]);

        Assert.Equal(3, exit);
        Assert.StartsWith(printed, output, StringComparison.Ordinal);
        Assert.Equal(printed.Length > 0, output.Length > 0);
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.Contains(_folder, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.EndsWith(".", error.TrimEnd(), StringComparison.Ordinal);
    }
}
