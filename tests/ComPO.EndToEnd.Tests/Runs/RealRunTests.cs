using System.IO.Hashing;
using System.Numerics;
using System.Text.Json;
using ComPO.Core.Safetensors;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Runs;

[Collection(OneNode.Name)]
public sealed class RealRunTests(RunningNode node, RealRun run) : IClassFixture<RealRun>
{
    private const int VocabularySize = 512;
    private const int HiddenSize = 64;

    private static readonly string[] LeftUndecided = ["norm", "threshold", "nonzero", "alignment", "predictedChange", "lineSearch", "accepted", "scale"];

    [Fact]
    public async Task The_console_tells_how_the_run_ended()
    {
        var told = (await run.EndAsync()).Succeeded().Json;

        Assert.Equal(["run", "alreadyKnown", "output", "status"], RunLog.NamesOf(told));
        Assert.Equal(("real", false, run.Output), (told.GetProperty("run").GetString(), told.GetProperty("alreadyKnown").GetBoolean(), told.GetProperty("output").GetString()));
        var status = told.GetProperty("status");
        Assert.Equal("completed", status.GetProperty("phase").GetString());
        Assert.Equal(20, status.GetProperty("committed").GetInt32());
        var log = await run.ReadLogAsync();
        Assert.Equal(log.Iterations[^1].GetProperty("headDigest").GetString(), status.GetProperty("headDigest").GetString());
        Assert.Equal(log.Iterations.Count(IsAccepted), status.GetProperty("accepted").GetInt32());
        Assert.Equal(log.Iterations.Count(IsRefused), status.GetProperty("gateRefused").GetInt32());
        Assert.Equal(Path.Combine(run.Output, "model"), status.GetProperty("modelFolder").GetString());
        // The base is stored as float32, so the whole update survives in it.
        Assert.Equal(1, status.GetProperty("survivingShare").GetDouble());
        Assert.Contains(status.GetProperty("skipped").EnumerateArray(), skipped => skipped.GetProperty("reason").GetString() == "tooLong" && skipped.GetProperty("rows").GetInt32() > 500);
    }

    [Fact]
    public async Task The_log_begins_with_all_that_determines_the_run()
    {
        var header = (await run.ReadLogAsync()).Header;

        Assert.Equal(["run", "settings", "baseDigest", "computeClass", "versions"], RunLog.NamesOf(header));
        Assert.Equal("real", header.GetProperty("run").GetString());
        Assert.Equal(
            [
                "model", "data", "iterations", "perturbations", "radius", "radiusUnit", "space", "estimator", "density", "threshold", "gate", "stepSize", "seed",
                "noiseThreshold", "pairRule", "referenceModel", "offset", "chatTemplate", "maxPromptLength", "maxCompletionLength", "maxLength", "evalData", "evalEvery", "checkpoints", "checkpointEvery", "headDtype",
                "allowMixedClasses", "output",
            ],
            RunLog.NamesOf(header.GetProperty("settings")));
        Assert.Equal(DigestOf(RealRun.Model, "model.embed_tokens.weight"), header.GetProperty("baseDigest").GetString());
        Assert.StartsWith("cpu-", header.GetProperty("computeClass").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_line_has_the_documented_members_and_numbers_that_fit_each_other()
    {
        var log = await run.ReadLogAsync();
        var elapsed = (await run.EndAsync()).Json.GetProperty("status").GetProperty("elapsedSeconds").GetDouble();

        Assert.Equal(20, log.Iterations.Length);
        var head = log.Header.GetProperty("baseDigest").GetString();
        foreach (var (i, line) in log.Iterations.Index())
        {
            Assert.Equal(
                [
                    "iteration", "pair", "featureDigest", "k", "before", "perturbations", "improved", "predicted", "gate", "norm", "threshold", "nonzero", "alignment",
                    "predictedChange", "lineSearch", "accepted", "scale", "after", "outcomes", "headDigest", "seconds",
                ],
                RunLog.NamesOf(line));
            Assert.Equal(i, line.GetProperty("iteration").GetInt32());
            Assert.Equal(["chosen", "rejected"], RunLog.NamesOf(line.GetProperty("before")));
            Assert.InRange(Math.Abs(Chosen(line, "before") - Rejected(line, "before")), 0, 50);
            Assert.InRange(line.GetProperty("k").GetInt32(), 2, HiddenSize);
            Assert.Equal(1800, line.GetProperty("perturbations").GetInt32());

            var bits = line.GetProperty("outcomes").GetBytesFromBase64();
            var improved = line.GetProperty("improved").GetInt32();
            Assert.Equal(1800 / 8, bits.Length);
            Assert.Equal(improved, bits.Sum(part => BitOperations.PopCount(part)));
            var predicted = line.GetProperty("predicted").GetDouble();
            Assert.InRange((improved - 1800 * predicted) / Math.Sqrt(1800 * predicted * (1 - predicted)), -4, 4);
            Assert.Equal(improved > 0.2 * 1800 ? "passed" : "refused", line.GetProperty("gate").GetString());

            Assert.Equal(IsAccepted(line), line.GetProperty("headDigest").GetString() != head);
            if (!IsAccepted(line))
                Assert.Equal((Chosen(line, "before"), Rejected(line, "before")), (Chosen(line, "after"), Rejected(line, "after")));
            Assert.All(line.GetProperty("seconds").EnumerateObject(), part => Assert.InRange(part.Value.GetDouble(), 0, elapsed));
            head = line.GetProperty("headDigest").GetString();
        }
        Assert.Contains(log.Iterations, IsRefused);
        Assert.Contains(log.Iterations, IsAccepted);
    }

    [Fact]
    public async Task What_a_refused_gate_leaves_undecided_is_null()
    {
        foreach (var line in (await run.ReadLogAsync()).Iterations.Where(IsRefused))
            Assert.All(LeftUndecided, name => Assert.Equal(JsonValueKind.Null, line.GetProperty(name).ValueKind));
    }

    [Fact]
    public async Task An_update_is_as_the_paper_has_it()
    {
        foreach (var line in (await run.ReadLogAsync()).Iterations.Where(line => !IsRefused(line)))
        {
            // What is not along the limit direction is a random walk in V·k dimensions.
            var alignment = line.GetProperty("alignment").GetDouble();
            var walk = line.GetProperty("norm").GetDouble() * Math.Sqrt(1 - alignment * alignment);
            Assert.InRange(walk / Math.Sqrt(1800.0 * VocabularySize * line.GetProperty("k").GetInt32()), 0.94, 1.06);
            Assert.InRange(alignment, 0.05, 1);
            Assert.InRange(line.GetProperty("nonzero").GetInt32(), Math.Ceiling(0.0118 * VocabularySize * HiddenSize), Math.Ceiling(0.0118 * VocabularySize * HiddenSize) + 4);
            Assert.InRange(line.GetProperty("threshold").GetDouble(), 0.005, 0.2);
            Assert.Equal(0.035 * line.GetProperty("improved").GetInt32() / 1800, line.GetProperty("scale").GetDouble(), 1e-12);

            var search = line.GetProperty("lineSearch").EnumerateArray().ToArray();
            Assert.Equal([0, 0.1, 0.5, 1, 2, 5, 10, 15], search.Select(point => point.GetProperty("step").GetDouble()));
            Assert.All(search, point => Assert.Equal(["step", "chosen", "rejected"], RunLog.NamesOf(point)));
            Assert.Equal((Chosen(line, "before"), Rejected(line, "before")), (search[0].GetProperty("chosen").GetDouble(), search[0].GetProperty("rejected").GetDouble()));
            Assert.Equal(
                search[5].GetProperty("chosen").GetDouble() > Chosen(line, "before") && search[5].GetProperty("rejected").GetDouble() < Rejected(line, "before"),
                IsAccepted(line));
        }
    }

    [Fact]
    public async Task An_accepted_update_does_what_its_gradient_predicts()
    {
        foreach (var line in (await run.ReadLogAsync()).Iterations.Where(IsAccepted))
        {
            Assert.InRange((Chosen(line, "after") - Chosen(line, "before")) / Chosen(line, "predictedChange"), 0.8, 1.2);
            Assert.InRange((Rejected(line, "after") - Rejected(line, "before")) / Rejected(line, "predictedChange"), 0.8, 1.2);
            Assert.True(Chosen(line, "predictedChange") > 0 && Rejected(line, "predictedChange") < 0);
        }
    }

    [Fact]
    public async Task The_features_of_each_pair_are_stored_under_their_digest()
    {
        var log = await run.ReadLogAsync();

        var files = Directory.GetFiles(Path.Combine(run.Output, "features"));
        Assert.Equal(
            log.Iterations.Select(line => line.GetProperty("featureDigest").GetString() + ".safetensors").Distinct().Order(),
            files.Select(Path.GetFileName).Order());
        Assert.All(files, file => Assert.Equal(Path.GetFileNameWithoutExtension(file), Hex(XxHash128.Hash(File.ReadAllBytes(file)))));
    }

    [Fact]
    public async Task The_model_is_the_base_with_a_head_of_its_own_in_float32()
    {
        var log = await run.ReadLogAsync();
        var model = Path.Combine(run.Output, "model");

        // Other weights in the folder would keep the untrained head.
        Assert.Equal(
            Directory.GetFiles(RealRun.Model).Select(Path.GetFileName).Where(name => name == "model.safetensors" || Path.GetExtension(name) != ".safetensors").Order(),
            Directory.GetFiles(model).Select(Path.GetFileName).Order());
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model, "config.json")));
        Assert.False(config.RootElement.GetProperty("tie_word_embeddings").GetBoolean());
        Assert.Equal(log.Iterations[^1].GetProperty("headDigest").GetString(), DigestOf(model, "lm_head.weight"));
        var (before, after) = (HeaderOf(RealRun.Model), HeaderOf(model));
        Assert.True(after.TryGet("lm_head.weight", out var head));
        Assert.Equal((TensorType.Float32, "512,64"), (head.Type, string.Join(',', head.Shape)));
        Assert.Equal(before.Tensors.Select(tensor => tensor.Name).Append("lm_head.weight").Order(), after.Tensors.Select(tensor => tensor.Name).Order());
        Assert.All(before.Tensors, tensor => Assert.Equal(DigestOf(RealRun.Model, tensor.Name), DigestOf(model, tensor.Name)));
    }

    [Fact]
    [Trait("Invariant", "6 Numbers are right")]
    public async Task The_model_gives_its_last_pair_the_log_probabilities_of_the_log()
    {
        var last = (await run.ReadLogAsync()).Iterations[^1];
        using var folder = new TemporaryFolder();
        var row = File.ReadLines(RealRun.Pairs).ElementAt(last.GetProperty("pair").GetInt32());
        var file = folder.Write("pair.jsonl", row);

        var scored = (await Programs.NodeAsync("score", "--model", Path.Combine(run.Output, "model"), "--data", file, "--json")).Succeeded().JsonLines;

        Assert.Equal(Chosen(last, "after"), scored[0].GetProperty("chosenLogp").GetDouble(), 1e-3);
        Assert.Equal(Rejected(last, "after"), scored[0].GetProperty("rejectedLogp").GetDouble(), 1e-3);
        var untrained = (await Programs.NodeAsync("score", "--model", RealRun.Model, "--data", file, "--json")).Succeeded().JsonLines;
        Assert.True(Math.Abs(untrained[0].GetProperty("chosenLogp").GetDouble() - Chosen(last, "after")) > 2e-3);
    }

    [Fact]
    public async Task Starting_it_again_is_harmless_and_under_other_settings_refused()
    {
        await run.ReadLogAsync();
        var before = File.ReadAllBytes(Path.Combine(run.Output, "run.jsonl"));

        var again = (await node.AdminAsync([.. run.Command, "--wait"])).Succeeded().Json;

        Assert.True(again.GetProperty("alreadyKnown").GetBoolean());
        Assert.Equal("completed", again.GetProperty("status").GetProperty("phase").GetString());
        (await node.AdminAsync([.. run.Command, "--seed", "2"])).Refused(5, "real", "other settings", "--run");
        (await node.AdminAsync(["start", "--run", "another", .. run.Command[3..]])).Refused(8, run.Output, "already holds a run", "--output");
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(run.Output, "run.jsonl")));
    }

    [Fact]
    public async Task Watching_it_prints_the_lines_of_its_log_and_then_the_status()
    {
        await run.ReadLogAsync();

        var watched = (await node.AdminAsync("watch", "--run", "real", "--json")).Succeeded().Output.Split('\n');

        Assert.Equal(File.ReadAllLines(Path.Combine(run.Output, "run.jsonl"))[1..], watched[..^1]);
        using var last = JsonDocument.Parse(watched[^1]);
        Assert.Equal("completed", last.RootElement.GetProperty("status").GetProperty("phase").GetString());
    }

    private static bool IsAccepted(JsonElement line) => line.GetProperty("accepted").ValueKind == JsonValueKind.True;

    private static bool IsRefused(JsonElement line) => line.GetProperty("gate").GetString() == "refused";

    private static double Chosen(JsonElement line, string name) => line.GetProperty(name).GetProperty("chosen").GetDouble();

    private static double Rejected(JsonElement line, string name) => line.GetProperty(name).GetProperty("rejected").GetDouble();

    private static SafetensorsHeader HeaderOf(string model) => SafetensorsHeader.Parse(File.ReadAllBytes(Path.Combine(model, "model.safetensors")));

    private static string DigestOf(string model, string tensor)
    {
        var file = File.ReadAllBytes(Path.Combine(model, "model.safetensors"));
        var header = SafetensorsHeader.Parse(file);
        Assert.True(header.TryGet(tensor, out var entry), tensor);
        return Hex(XxHash128.Hash(file.AsSpan((int)(header.DataOffset + entry.Offset), (int)entry.SizeBytes)));
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
