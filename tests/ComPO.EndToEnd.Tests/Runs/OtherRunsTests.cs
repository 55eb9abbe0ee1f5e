using System.Text.Json;
using ComPO.Core.Safetensors;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Runs;

[Collection(OneNode.Name)]
public sealed class OtherRunsTests(RunningNode node) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Conversations_of_hh_rlhf_are_trained_on_with_checkpoints_and_held_out_pairs()
    {
        var pairs = Repository.Data("prefs", "hh-rlhf", "helpful-base", "test.jsonl.gz");
        var heldOut = _folder.Write("held-out.jsonl", """
            {"prompt":"Once upon a time","chosen":" there was a little girl.","rejected":" there was a dog."}
            {"prompt":"The cat","chosen":" sat on the mat.","rejected":" ran to the park."}
            """);

        // The first row that fits the model's context and is noisy is row 195.
        (await node.AdminAsync(
            "start", "--run", "hh", "--model", RealRun.Model, "--data", pairs, "--offset", "190", "--iterations", "3", "--eval-data", heldOut, "--eval-every", "2",
            "--checkpoints", "1", "--head-dtype", "base", "--output", _folder["hh"], "--wait", "--json")).Succeeded();

        var log = RunLog.Read(_folder["hh"]);
        Assert.Equal([195, 211, 295], log.Iterations.Select(line => line.GetProperty("pair").GetInt32()));
        var evaluations = File.ReadLines(Path.Combine(_folder["hh"], "evaluations.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal([0, 2, 3], evaluations.Select(line => line.GetProperty("committed").GetInt32()));
        Assert.Equal(["committed", "pairs", "chosen", "rejected", "margin", "accuracy"], RunLog.NamesOf(evaluations[2]));
        Assert.Equal(2, evaluations[2].GetProperty("pairs").GetInt32());
        Assert.True(File.Exists(Path.Combine(_folder["hh"], "checkpoints", "1", "model.safetensors")));
        using var result = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder["hh"], "result.json")));
        var evaluation = result.RootElement.GetProperty("evaluation");
        Assert.NotEqual(evaluation.GetProperty("before").GetProperty("chosen").GetDouble(), evaluation.GetProperty("after").GetProperty("chosen").GetDouble());
    }

    [Fact]
    public async Task What_tokenize_shows_is_what_a_run_of_the_text_is_trained_on_and_data_for_another()
    {
        var text = Repository.Data("prefs", "hh-rlhf", "helpful-base", "test.jsonl.gz");
        string[] lengths = ["--max-prompt-length", "40", "--max-completion-length", "30"];
        var ids = _folder.Write("ids.jsonl", (await Programs.NodeAsync(
            ["tokenize", "--model", RealRun.Model, "--data", text, "--limit", "40", "--json", .. lengths])).Succeeded().Output);

        async Task<RunLog> RunAsync(string run, string data, params string[] more)
        {
            (await node.AdminAsync(
                ["start", "--run", run, "--model", RealRun.Model, "--data", data, "--noise-threshold", "50", "--iterations", "3", "--perturbations", "400",
                    "--output", _folder[run], "--wait", "--json", .. more])).Succeeded();
            return RunLog.Read(_folder[run]);
        }

        var ofText = await RunAsync("text", text, lengths);
        var ofIds = await RunAsync("ids", ids);
        var whole = await RunAsync("whole", text);

        static IEnumerable<string?> Heads(RunLog log) => log.Iterations.Select(line => line.GetProperty("featureDigest").GetString() + line.GetProperty("headDigest").GetString());
        Assert.Equal(Heads(ofText), Heads(ofIds));
        Assert.NotEqual(Heads(ofText), Heads(whole));
    }

    [Theory] // The rows that fit the model's context and are noisy; of the demonstration there are four, which recur.
    [InlineData("llama-factory/dpo_en_demo.json", 100, "50", new[] { 102, 133, 136, 255, 102, 133, 136, 255, 102, 133 })]
    [InlineData("hh-rlhf/harmless-base/test.jsonl.gz", 50, "50", new[] { 59, 62, 64, 67, 81, 90, 91, 94, 100, 108 })]
    public async Task Other_published_preferences_are_trained_on(string file, int offset, string noise, int[] rows)
    {
        var (name, pairs) = (file.Split('/')[^2], Repository.Data(["prefs", .. file.Split('/')]));

        var status = (await node.AdminAsync(
            "start", "--run", name, "--model", RealRun.Model, "--data", pairs, "--offset", $"{offset}", "--noise-threshold", noise, "--iterations", "10",
            "--perturbations", "400", "--output", _folder[name], "--wait", "--json")).Succeeded().Json.GetProperty("status");

        Assert.Equal("completed", status.GetProperty("phase").GetString());
        var log = RunLog.Read(_folder[name]);
        Assert.Equal(rows, log.Iterations.Select(line => line.GetProperty("pair").GetInt32()));
        var (accepted, refused) = (status.GetProperty("accepted").GetInt32(), status.GetProperty("gateRefused").GetInt32());
        Assert.Equal(log.Iterations.Count(line => line.GetProperty("gate").GetString() == "refused"), refused);
        Assert.InRange(accepted, 1, 10 - refused);
        Assert.All(log.Iterations, line => Assert.InRange(
            Math.Abs(line.GetProperty("improved").GetInt32() / 400.0 - line.GetProperty("predicted").GetDouble()), 0, 0.1));
    }

    [Fact]
    public async Task A_head_can_be_written_in_the_number_type_of_a_base_that_loses_some_of_it()
    {
        var ids = _folder.Write("ids.jsonl", """
            {"prompt_input_ids":[1,5],"chosen_input_ids":[9,10,11],"rejected_input_ids":[12,13]}
            {"prompt_input_ids":[1,6],"chosen_input_ids":[40,41],"rejected_input_ids":[50,51]}
            """);

        async Task<(TensorType Type, double Survives)> HeadAsync(string type)
        {
            var status = (await node.AdminAsync(
                "start", "--run", $"typed-{type}", "--model", Repository.Data("models", "llama"), "--data", ids, "--noise-threshold", "50", "--iterations", "2", "--perturbations", "200",
                "--gate", "0", "--step-size", "0.01", "--head-dtype", type, "--output", _folder[type], "--wait", "--json")).Succeeded().Json.GetProperty("status");
            Assert.True(status.GetProperty("accepted").GetInt32() > 0);
            var header = SafetensorsHeader.Parse(File.ReadAllBytes(Path.Combine(_folder[type], "model", "model.safetensors")));
            Assert.True(header.TryGet("lm_head.weight", out var head));
            return (head.Type, status.GetProperty("survivingShare").GetDouble());
        }

        var (whole, kept) = (await HeadAsync("float32"), await HeadAsync("base"));
        Assert.Equal((TensorType.Float32, TensorType.BFloat16), (whole.Type, kept.Type));
        Assert.Equal(whole.Survives, kept.Survives);
        Assert.InRange(kept.Survives, 0.01, 0.99);
    }

    [Fact]
    public async Task Rows_that_say_nothing_and_a_prompt_beyond_the_context_are_skipped_counted_and_listed()
    {
        var pairs = _folder.Write("pairs.jsonl", $$"""
            {"prompt":"Once","chosen":" upon a time","rejected":" upon a time"}
            {"prompt":"Once","chosen":"","rejected":" more"}
            {"prompt":"{{string.Concat(Enumerable.Repeat("once upon a time ", 300))}}","chosen":" yes","rejected":" no"}
            {"prompt":"Once","chosen":" upon a time","rejected":" there was a dog"}
            """);

        var status = (await node.AdminAsync(
            "start", "--run", "skips", "--model", RealRun.Model, "--data", pairs, "--noise-threshold", "50", "--iterations", "2", "--perturbations", "100",
            "--output", _folder["skips"], "--wait", "--json")).Succeeded().Json.GetProperty("status");

        Assert.Equal(
            [("identicalPair", 1), ("emptyCompletion", 1), ("tooLong", 1)],
            status.GetProperty("skipped").EnumerateArray().Select(skipped => (skipped.GetProperty("reason").GetString(), skipped.GetProperty("rows").GetInt32())));
        Assert.Equal(
            ["""{"row":0,"reason":"identicalPair"}""", """{"row":1,"reason":"emptyCompletion"}""", """{"row":2,"reason":"tooLong"}"""],
            File.ReadAllLines(Path.Combine(_folder["skips"], "skipped.jsonl")));
        Assert.All(RunLog.Read(_folder["skips"]).Iterations, line => Assert.Equal(3, line.GetProperty("pair").GetInt32()));
    }
}
