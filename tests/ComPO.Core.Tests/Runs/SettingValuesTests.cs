using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Core.Selection;

namespace ComPO.Core.Tests.Runs;

public sealed class SettingValuesTests
{
    private static readonly RunSettings Defaults = new() { Model = "/m", Data = "/d" };

    [Fact]
    public void Every_setting_but_model_and_data_has_a_name()
    {
        var members = System.Text.Json.JsonDocument.Parse(Defaults.ToJson()).RootElement.EnumerateObject().Select(member => member.Name).Except(["model", "data"]);

        // The names of the log, in the spelling of options.
        Assert.Equal(
            members.Select(System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName).Order(StringComparer.Ordinal), SettingValues.Names);
    }

    [Fact]
    public void Values_are_read_as_they_are_written_and_under_the_log_s_names_too()
    {
        var settings = Defaults with
        {
            Radius = 7.5e-4, Seed = uint.MaxValue, PairRule = PairRule.SeedCompatible, Checkpoints = [3, 60], MaxLength = 512, AllowMixedClasses = true, EvalData = "/with = and space",
        };

        Assert.Equal(settings.ToJson(), Defaults.With(SettingValues.ValuesOf(settings), "A test").ToJson());
        Assert.Equal(4, Defaults.With([new("noiseThreshold", "4")], "A test").NoiseThreshold);
    }

    [Theory]
    [InlineData("density", "0.5", 0.5, null)]
    [InlineData("threshold", "0.25", null, 0.25)]
    public void Of_two_that_exclude_each_other_the_one_that_is_given_stays(string name, string value, double? density, double? threshold)
    {
        foreach (var before in (RunSettings[])[Defaults, Defaults with { Density = null, Threshold = 0.1 }])
        {
            var settings = before.With([new(name, value)], "A test");

            Assert.Equal((density, threshold), (settings.Density, settings.Threshold));
        }
        Assert.Empty((Defaults with { Checkpoints = [1] }).With([new("checkpoint-every", "2")], "A test").Checkpoints);
        Assert.Null((Defaults with { CheckpointEvery = 2 }).With([new("checkpoints", "2")], "A test").CheckpointEvery);
    }

    [Theory]
    [InlineData("colour", "red", "A test sets 'colour', which is no setting of a run; expected one of allow-mixed-classes, chat-template,")]
    [InlineData("data", "d", "'data', which is no setting")]
    [InlineData("seed", "-1", "A test sets seed to '-1'; expected a whole number.")]
    [InlineData("iterations", "1.5", "expected a whole number")]
    [InlineData("checkpoints", "1,", "expected a whole number")]
    [InlineData("radius", "wide", "expected a number")]
    [InlineData("space", "0", "expected row or full")]
    [InlineData("allow-mixed-classes", "yes", "expected true or false")]
    public void What_is_no_setting_or_none_of_its_values_is_refused(string name, string value, string told) => Assert.Contains(
        told, Assert.Throws<UsageException>(() => Defaults.With([new(name, value)], "A test")).Message, StringComparison.Ordinal);
}
