using ComPO.Admin.Commands;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Runs;
using ComPO.Core.Selection;

namespace ComPO.Admin.Tests.Commands;

public sealed class StartOptionsTests
{
    [Fact]
    public void What_is_not_said_is_as_documented()
    {
        var settings = Read("");

        Assert.Equal((100, 1800, 5e-4, RadiusUnit.Entry), (settings.Iterations, settings.Perturbations, settings.Radius, settings.RadiusUnit));
        Assert.Equal((PerturbationSpaceKind.Row, Estimator.Sampled, 0.0118, null), (settings.Space, settings.Estimator, settings.Density, settings.Threshold));
        Assert.Equal((0.2, 0.035, 1u, 3.0), (settings.Gate, settings.StepSize, settings.Seed, settings.NoiseThreshold));
        Assert.Equal((PairRule.Reference, null, 0, null), (settings.PairRule, settings.ReferenceModel, settings.Offset, settings.MaxLength));
        Assert.Equal((null, null, null), (settings.EvalData, settings.EvalEvery, settings.CheckpointEvery));
        Assert.Empty(settings.Checkpoints);
        Assert.Equal((HeadExportType.Float32, null), (settings.HeadDtype, settings.Output));
    }

    [Fact]
    public void Each_option_sets_what_it_names()
    {
        var settings = Read(
            "--iterations 7 --perturbations 16 --radius 0.02 --radius-unit sphere --space full --estimator exact --density 0.05 --gate 0 --step-size 0.1 --seed 4294967295 "
            + "--noise-threshold 50 --pair-rule seed-compatible --reference-model /r --offset 3 --chat-template gemma --max-prompt-length 100 --max-completion-length 200 --max-length 512 --eval-data /e --eval-every 2 --checkpoints 3,6 --head-dtype base --output /o");

        Assert.Equal(
            new RunSettings
            {
                Model = "/m", Data = "/d", Iterations = 7, Perturbations = 16, Radius = 0.02, RadiusUnit = RadiusUnit.Sphere, Space = PerturbationSpaceKind.Full,
                Estimator = Estimator.Exact, Density = 0.05, Gate = 0, StepSize = 0.1, Seed = uint.MaxValue, NoiseThreshold = 50, PairRule = PairRule.SeedCompatible,
                ReferenceModel = "/r", Offset = 3, ChatTemplate = "gemma", MaxPromptLength = 100, MaxCompletionLength = 200, MaxLength = 512, EvalData = "/e", EvalEvery = 2, Checkpoints = [3, 6], HeadDtype = HeadExportType.Base, Output = "/o",
            }.ToJson(),
            settings.ToJson());
        Assert.Equal(4, Read("--checkpoint-every 4").CheckpointEvery);
    }

    [Fact]
    public void A_threshold_takes_the_place_of_the_density()
    {
        var settings = Read("--threshold 2.2e-4");

        Assert.Equal((null, 2.2e-4), (settings.Density, settings.Threshold));
    }

    [Fact]
    public void Paths_are_those_of_the_console_s_own_folder()
    {
        var settings = StartOptions.ReadSettings(CommandTable.BuildParser().Parse("start --model a/../m --data d --output o"));

        Assert.Equal(
            (Path.Combine(Environment.CurrentDirectory, "m"), Path.Combine(Environment.CurrentDirectory, "d"), Path.Combine(Environment.CurrentDirectory, "o")),
            (settings.Model, settings.Data, settings.Output));
    }

    [Theory]
    [InlineData("--density 0.1 --threshold 0.1", "--density and --threshold exclude each other")]
    [InlineData("--checkpoints 1 --checkpoint-every 2", "--checkpoints and --checkpoint-every exclude each other")]
    [InlineData("--eval-every 2", "--eval-every needs --eval-data")]
    [InlineData("--iterations 0", "--iterations 0 is out of range")]
    [InlineData("--perturbations 0", "--perturbations 0 is out of range")]
    [InlineData("--perturbations 121575", "expected a number from 1 to 121574")]
    [InlineData("--radius -5e-4", "--radius -0.0005 is out of range")]
    [InlineData("--radius 0", "--radius 0 is out of range")]
    [InlineData("--radius nan", "--radius NaN is out of range")]
    [InlineData("--density 0", "--density 0 is out of range")]
    [InlineData("--density 1.5", "--density 1.5 is out of range")]
    [InlineData("--threshold -1", "--threshold -1 is out of range")]
    [InlineData("--gate 1", "--gate 1 is out of range")]
    [InlineData("--step-size 0", "--step-size 0 is out of range")]
    [InlineData("--noise-threshold 0", "--noise-threshold 0 is out of range")]
    [InlineData("--offset -1", "--offset -1 is out of range")]
    [InlineData("--max-prompt-length 0", "--max-prompt-length 0 is out of range")]
    [InlineData("--max-completion-length 0", "--max-completion-length 0 is out of range")]
    [InlineData("--max-length 1", "--max-length 1 is out of range")]
    [InlineData("--checkpoints 101", "--checkpoints 101 is out of range")]
    [InlineData("--checkpoint-every 0", "--checkpoint-every 0 is out of range")]
    public void What_does_not_hold_together_is_refused_by_the_option_s_name(string options, string told)
    {
        var refusal = Assert.Throws<UsageException>(() => Read(options));

        Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-x")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("")]
    public void A_run_s_name_can_be_a_folder_s(string name)
    {
        var parsed = CommandTable.BuildParser().Parse(["start", "--model", "/m", "--data", "/d", "--run", name]);

        if (name == "-x")
            Assert.Equal(name, StartOptions.ReadRunId(parsed, TimeProvider.System).Value);
        else
            Assert.Contains("--run", Assert.Throws<UsageException>(() => StartOptions.ReadRunId(parsed, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    private static RunSettings Read(string options) => StartOptions.ReadSettings(CommandTable.BuildParser().Parse("start --model /m --data /d " + options));
}
