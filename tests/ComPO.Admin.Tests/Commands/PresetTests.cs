using System.Text.Json;
using ComPO.Admin.Commands;
using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Runs;
using ComPO.Core.Selection;
using ComPO.Protocol.Presets;

namespace ComPO.Admin.Tests.Commands;

public sealed class PresetTests
{
    public static TheoryData<string> Names => [.. PresetFiles.Names];

    [Fact]
    public void The_files_of_the_repository_lie_beside_the_program()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "hocon", "presets")).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

        Assert.Equal(["gemma-2-9b", "gemma-2-9b-row", "llama-3-8b", "llama-3-8b-row", "mistral-7b", "mistral-7b-row"], PresetFiles.Names);
        Assert.Equal(PresetFiles.Names, files);
    }

    // ComPO (NeurIPS 2025), section 4.
    [Theory]
    [InlineData("mistral-7b", 5e-4, 1600, 2.2e-4)]
    [InlineData("llama-3-8b", 7.5e-4, 1800, 8e-5)]
    [InlineData("gemma-2-9b", 7.5e-4, 1800, 8e-5)]
    public void A_preset_has_the_paper_s_values_in_the_full_space(string name, double radius, int perturbations, double threshold)
    {
        var settings = Read($"--preset {name}");

        Assert.Equal(
            Read($"--radius {radius} --perturbations {perturbations} --space full --threshold {threshold} --gate 0.2").ToJson(), settings.ToJson());
        Assert.Equal((radius, RadiusUnit.Entry, perturbations), (settings.Radius, settings.RadiusUnit, settings.Perturbations));
        Assert.Equal((PerturbationSpaceKind.Full, threshold, null, 0.2), (settings.Space, settings.Threshold, settings.Density, settings.Gate));
    }

    [Theory]
    [InlineData("mistral-7b")]
    [InlineData("llama-3-8b")]
    [InlineData("gemma-2-9b")]
    public void Its_variant_keeps_the_same_share_of_entries_in_the_row_space(string name)
    {
        var (full, row) = (PresetFiles.Read(name), PresetFiles.Read(name + "-row"));

        Assert.Equal(full.Model, row.Model);
        Assert.Equal(full.Values.Where(IsOfBoth), row.Values.Where(IsOfBoth));
        var settings = Read($"--preset {name}-row");
        Assert.Equal((PerturbationSpaceKind.Row, null), (settings.Space, settings.Threshold));
        // λ_g cuts a Gaussian vector of length 1 at λ_g·√(V·d) standard deviations.
        var share = TwoSidedTail(Read($"--preset {name}").Threshold!.Value * Math.Sqrt(full.Model!.Head.EntryCount));
        Assert.Equal(share, settings.Density!.Value, 5e-5);

        static bool IsOfBoth(KeyValuePair<string, string> value) => value.Key is not ("space" or "threshold" or "density");
    }

    [Theory]
    [InlineData("mistral-7b", "Mistral-7B-Instruct-v0.2")]
    [InlineData("llama-3-8b", "Meta-Llama-3-8B-Instruct")]
    [InlineData("gemma-2-9b", "gemma-2-9b-it")]
    public void Its_head_is_the_published_model_s(string name, string model)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Repository.Data("hf-meta", model, "config.json")));

        var expected = PresetFiles.Read(name).Model!;

        Assert.Equal(
            (config.RootElement.GetProperty("vocab_size").GetInt32(), config.RootElement.GetProperty("hidden_size").GetInt32()),
            (expected.Head.VocabularySize, expected.Head.HiddenSize));
        Assert.Equal(
            config.RootElement.TryGetProperty("final_logit_softcapping", out var cap) ? cap.GetDouble() : null, expected.FinalLogitSoftCap);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_value_has_a_comment_above_it(string name)
    {
        var lines = File.ReadAllLines(PresetFiles.Read(name).Path);
        var values = lines.Index().Where(line => line.Item.Contains('=', StringComparison.Ordinal) && !line.Item.TrimStart().StartsWith('#')).ToList();

        Assert.InRange(values.Count, 8, 12);
        Assert.All(values, line => Assert.True(lines[line.Index - 1].TrimStart().StartsWith('#'), $"{name}: {line.Item} has no comment above it."));
    }

    [Fact]
    public void What_is_set_later_takes_the_place_of_what_was_set_before()
    {
        var settings = Read("--preset mistral-7b --set radius=1 --set perturbations=2 --set density=0.5 --perturbations 3");

        // The preset's, then --set's, then the option's; the density took away the preset's threshold.
        Assert.Equal((PerturbationSpaceKind.Full, 1.0, 3), (settings.Space, settings.Radius, settings.Perturbations));
        Assert.Equal((0.5, null), (settings.Density, settings.Threshold));
        Assert.Equal((null, 0.25), Read("--preset mistral-7b-row --set density=0.5 --threshold 0.25") is var exclusive ? (exclusive.Density, exclusive.Threshold) : default);
        Assert.Contains("exclude each other", Assert.Throws<UsageException>(() => Read("--set density=0.5 --set threshold=0.5")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_preset_of_ones_own_is_named_by_its_path_and_its_mistakes_are_told_with_it()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.conf");
        try
        {
            File.WriteAllText(path, """run { iterations = 7, checkpoints = [2, 5], pair-rule = seed-compatible, allow-mixed-classes = true, eval-data = "/e f" }""");
            var settings = Read($"--preset {path}");
            Assert.Equal((7, PairRule.SeedCompatible, true, "/e f"), (settings.Iterations, settings.PairRule, settings.AllowMixedClasses, settings.EvalData));
            Assert.Equal([2, 5], settings.Checkpoints);

            foreach (var (text, told) in new Dictionary<string, string>
            {
                ["run { radios = 1 }"] = "sets 'radios', which is no setting of a run",
                ["run { radius = -1 }"] = "does not hold together: --radius -1 is out of range: expected a positive number",
                ["run { density = 0.1, threshold = 0.1 }"] = "--density and --threshold exclude each other",
                ["compo { run { radius = 1 } }"] = "has the section 'compo'; expected run",
                ["run = 3"] = "is not HOCON of settings",
                ["run { radius = { entry = 3 } }"] = "is not HOCON of settings",
                ["run { radius = "] = "is not HOCON of settings",
                ["model { vocabulary-size = 3 }"] = "gives its model the hidden-size ''",
                ["model { colour = red }"] = "says 'colour' of its model",
            })
            {
                File.WriteAllText(path, text);
                var refusal = Assert.Throws<UsageException>(() => PresetFiles.Read(path)).Message;
                Assert.Contains(told, refusal, StringComparison.Ordinal);
                Assert.Contains(path, refusal, StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_dry_run_says_what_results_and_that_the_head_is_another()
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);

        var said = await ScriptedTerminal.RunAsync(
            "start", "--model", "m", "--data", "d", "--dry-run", "--preset", "llama-3-8b", "--set", "gate=0.25", "--seed", "9", "--contact", seed.Address);

        Assert.Equal(ExitCode.Done, said.ExitCode);
        var settings = Assert.Single(said.Lines, line => line.StartsWith("settings: ", StringComparison.Ordinal));
        foreach (var value in (string[])["radius=0.00075", "perturbations=1800", "space=full", "threshold=8E-05", "gate=0.25", "seed=9", "noise-threshold=3", "pair-rule=reference"])
            Assert.Contains(" " + value + " ", settings + " ", StringComparison.Ordinal);
        Assert.DoesNotContain("density", settings, StringComparison.Ordinal);
        // The plan is of a head of 512 × 64.
        Assert.Contains("was made for a head of 128256 × 4096, and this model's is 512 × 64", said.Error, StringComparison.Ordinal);
        // Given back, they give the same settings.
        Assert.Equal(
            Read("--preset llama-3-8b --set gate=0.25 --seed 9").ToJson(),
            Read(string.Concat(settings["settings: ".Length..].Split(' ').Select(value => " --set " + value))).ToJson());
    }

    // 2·Φ(−z) by the continued fraction of the error function (Abramowitz and Stegun, 26.2.14).
    private static double TwoSidedTail(double z)
    {
        var fraction = z;
        for (var i = 200; i >= 1; i--)
            fraction = z + i / fraction;
        return 2 * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) / fraction;
    }

    private static RunSettings Read(string options) => StartOptions.ReadSettings(CommandTable.BuildParser().Parse("start --model /m --data /d " + options));
}
