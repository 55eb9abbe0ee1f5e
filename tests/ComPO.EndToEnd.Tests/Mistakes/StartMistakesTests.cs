using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;
using ComPO.Torch.Tests.Pairs;

namespace ComPO.EndToEnd.Tests.Mistakes;

[Collection(OneNode.Name)]
public sealed class StartMistakesTests(RunningNode node) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("no weights", "has no weights")]
    [InlineData("truncated weights", "model.safetensors is not a whole safetensors file")]
    [InlineData("pointer", "model.safetensors is a Git LFS pointer")]
    [InlineData("unknown architecture", "MambaForCausalLM, which is not supported")]
    [InlineData("missing tensor", "no tensor model.layers.1.input_layernorm.weight")]
    [InlineData("wrong shape", "[63]")]
    [InlineData("NaN", "NaN or infinite")]
    [InlineData("larger tokenizer", "tok512.model has 512 tokens, more than the 500 rows")]
    [InlineData("smaller tokenizer", "tok512.model has 512 tokens, and config.json says that token 699 begins or ends a sequence")]
    [InlineData("missing shard", "model.safetensors.index.json names the weights file model-00002-of-00002.safetensors, which is not in the folder")]
    [InlineData("tensor in two shards", "is in model-00001-of-00002.safetensors and again in model-00002-of-00002.safetensors")]
    [InlineData("tensor twice", "model.safetensors is not a whole safetensors file: its header names model.layers.0.input_layernorm.weight twice")]
    [InlineData("reject__test_header_too_large__HeaderTooLarge.safetensors", "not a whole safetensors file")]
    [Trait("Invariant", "5 No silent failure")]
    public async Task A_model_that_cannot_be_used_is_refused_and_leaves_nothing(string fault, string told)
    {
        var model = BrokenModels.Make(_folder, fault);

        await RefusedAsync(3, ["--model", model, "--data", RealRun.Pairs], told, model);
    }

    [Fact]
    public async Task A_model_folder_that_is_not_there_is_refused() =>
        await RefusedAsync(3, ["--model", _folder["none"], "--data", RealRun.Pairs], _folder["none"]);

    [Theory]
    [InlineData(null, "pairs.jsonl")]
    [InlineData("", "is empty")]
    [InlineData("{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"", "row 0 is not JSON")]
    [InlineData("{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"b\"}\n\n{\"prompt\":\"a\"}", "row 1 has no member")]
    [InlineData("""{"prompt_input_ids":[1],"chosen_input_ids":[2],"rejected_input_ids":[512]}""", "row 0 has token id 512 at position 0 of its rejected tokens")]
    [InlineData("""{"prompt":[{"role":"system","content":"S"},{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", "row 0 has a turn of \"system\"")]
    [InlineData("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"user","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", "row 0 has no turn of \"assistant\" in \"chosen\"")]
    [Trait("Invariant", "5 No silent failure")]
    public async Task Data_that_cannot_be_used_is_refused_and_leaves_nothing(string? content, string told)
    {
        if (content is not null)
            _folder.Write("pairs.jsonl", content);

        await RefusedAsync(3, ["--model", RealRun.Model, "--data", _folder["pairs.jsonl"], "--chat-template", "gemma"], told, _folder["pairs.jsonl"]);
    }

    [Fact]
    [Trait("Invariant", "5 No silent failure")]
    public async Task Parquet_with_other_columns_is_refused_and_leaves_nothing()
    {
        var data = _folder["other.parquet"];
        ParquetCopy.Write(data, ["""{"instruction":"Q","completions":[{"response":"A"}],"source":"evol"}"""], 1);

        await RefusedAsync(3, ["--model", RealRun.Model, "--data", data], $"{data} has the columns \"instruction\", \"completions\" and \"source\": expected \"chosen\" and \"rejected\"");
    }

    [Theory]
    [InlineData("--perturbations 0", "--perturbations 0 is out of range")]
    [InlineData("--perturbations 121575", "from 1 to 121574")]
    [InlineData("--radius -1", "--radius -1 is out of range")]
    [InlineData("--colour red", "Unknown option '--colour'")]
    public async Task Options_out_of_range_are_refused_and_leave_nothing(string options, string told) =>
        await RefusedAsync(2, ["--model", RealRun.Model, "--data", RealRun.Pairs, .. options.Split(' ')], told);

    [Fact]
    public async Task Data_outside_of_any_place_is_told_of_a_dry_run_too()
    {
        (await node.AdminAsync("start", "--model", RealRun.Model, "--data", _folder["none.jsonl"], "--dry-run")).Refused(3, _folder["none.jsonl"]);
        (await node.AdminAsync("start", "--model", _folder["none"], "--data", RealRun.Pairs, "--dry-run")).Refused(3, _folder["none"]);
    }

    [Fact]
    public async Task An_output_folder_that_cannot_be_made_is_refused_and_leaves_nothing()
    {
        var file = _folder.Write("file", "");
        var model = RealRun.Model;

        (await node.AdminAsync("start", "--model", model, "--data", RealRun.Pairs, "--output", Path.Combine(file, "run"))).Refused(8, file, "--output");
        // A name that is too long shows only below the folder that was to hold it.
        (await node.AdminAsync("start", "--model", model, "--data", RealRun.Pairs, "--output", Path.Combine(_folder["new"], new string('x', 300)))).Refused(8, _folder["new"], "--output");

        Assert.Equal([file], Directory.GetFileSystemEntries(_folder.Path));
    }

    private async Task RefusedAsync(int exitCode, string[] options, params string[] words)
    {
        var output = Path.Combine(_folder["runs"], "bad");

        (await node.AdminAsync(["start", .. options, "--output", output])).Refused(exitCode, words);

        Assert.False(Directory.Exists(_folder["runs"]), "The folder of a run that never began was left.");
    }
}
