using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Core.Selection;
using CsCheck;

namespace ComPO.Core.Tests.Runs;

public sealed class RunSettingsTests
{
    private static readonly RunSettings Defaults = new() { Model = "model", Data = "pairs" };

    [Fact]
    public void Defaults_are_those_of_the_documented_options()
    {
        Assert.Equal((100, 1800, 5e-4, RadiusUnit.Entry), (Defaults.Iterations, Defaults.Perturbations, Defaults.Radius, Defaults.RadiusUnit));
        Assert.Equal((PerturbationSpaceKind.Row, Estimator.Sampled, 0.0118, null), (Defaults.Space, Defaults.Estimator, Defaults.Density, Defaults.Threshold));
        Assert.Equal((0.2, 0.035, 1u, 3.0, PairRule.Reference), (Defaults.Gate, Defaults.StepSize, Defaults.Seed, Defaults.NoiseThreshold, Defaults.PairRule));
        Assert.Equal((null, 0, null, HeadExportType.Float32), (Defaults.ReferenceModel, Defaults.Offset, Defaults.MaxLength, Defaults.HeadDtype));
        Defaults.Validate();
    }

    public static TheoryData<RunSettings, string> OutOfRange => new()
    {
        { Defaults with { Model = " " }, "--model" },
        { Defaults with { Data = "" }, "--data" },
        { Defaults with { Iterations = 0 }, "--iterations" },
        { Defaults with { Perturbations = 0 }, "--perturbations" },
        { Defaults with { Perturbations = 121_575 }, "--perturbations" },
        { Defaults with { Radius = -1e-3 }, "--radius" },
        { Defaults with { Radius = double.NaN }, "--radius" },
        { Defaults with { Density = 0 }, "--density" },
        { Defaults with { Density = 1.5 }, "--density" },
        { Defaults with { Density = null, Threshold = -1 }, "--threshold" },
        { Defaults with { Threshold = 1e-4 }, "--density" },
        { Defaults with { Gate = 1.1 }, "--gate" },
        { Defaults with { StepSize = double.PositiveInfinity }, "--step-size" },
        { Defaults with { NoiseThreshold = -3 }, "--noise-threshold" },
        { Defaults with { Offset = -1 }, "--offset" },
        { Defaults with { MaxLength = 0 }, "--max-length" },
        { Defaults with { EvalEvery = 5 }, "--eval" },
        { Defaults with { Checkpoints = [0] }, "--checkpoints" },
        { Defaults with { CheckpointEvery = 0 }, "--checkpoint-every" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void What_is_out_of_range_is_refused_by_its_option(RunSettings settings, string option)
    {
        var refusal = Assert.Throws<UsageException>(settings.Validate);
        Assert.Contains(option, refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_gives_back_the_settings_and_equal_settings_equal_text() => Gen
        .Select(Gen.Int[1, 1000], Gen.Double[0, 1], Gen.UInt, Gen.Enum<Estimator>(), Gen.Int[1, 50].Array[0, 4])
        .Sample((iterations, gate, seed, estimator, checkpoints) =>
        {
            var settings = Defaults with { Iterations = iterations, Gate = gate, Seed = seed, Estimator = estimator, Checkpoints = checkpoints };
            Assert.Equal(settings.ToJson(), RunSettings.FromJson(settings.ToJson()).ToJson());
        });

    [Fact]
    public void A_member_that_does_not_exist_and_text_that_is_no_json_are_refused()
    {
        Assert.Throws<UsageException>(() => RunSettings.FromJson("""{"model":"m","data":"d","perturbation":5}"""));
        Assert.Throws<UsageException>(() => RunSettings.FromJson("""{"model":"m"}"""));
        Assert.Throws<UsageException>(() => RunSettings.FromJson("{"));
    }

    [Fact]
    public void A_radius_on_the_sphere_is_that_of_a_point_whose_squares_add_up_to_one()
    {
        var head = new HeadShape(300, 40);
        Assert.Equal(7e-4, (Defaults with { Radius = 7e-4 }).RadiusFor(head));
        Assert.Equal(7e-4 / Math.Sqrt(12_000), (Defaults with { Radius = 7e-4, RadiusUnit = RadiusUnit.Sphere }).RadiusFor(head), 1e-18);
    }
}
