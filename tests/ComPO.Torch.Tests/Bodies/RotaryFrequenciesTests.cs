using ComPO.Core.Errors;
using ComPO.Torch.Bodies;
using ComPO.Torch.Configuration;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Bodies;

/// <summary>Against the figures that the test suite of transformers expects (heads of 128, θ = 10000, a context of 2048; five digits), and against the formulas.</summary>
public sealed class RotaryFrequenciesTests
{
    [Fact]
    public void Dynamic_scaling_gives_the_published_figures_for_16384_tokens() => AssertPublished(
        "\"dynamic\", \"factor\": 10.0", 16384, 1,
        (0, 1), (1, 8.0931e-01), (8, 1.8404e-01), (16, 3.3872e-02), (31, 1.4176e-03), (32, 1.1473e-03), (48, 3.8861e-05), (63, 1.6265e-06));

    [Fact]
    public void Yarn_gives_the_published_figures() => AssertPublished(
        "\"yarn\", \"factor\": 10.0, \"beta_fast\": 32, \"beta_slow\": 1", 100, 0.1 * Math.Log(10) + 1,
        (0, 1), (15, 1.1548e-01), (16, 1.0000e-01), (17, 8.3479e-02), (18, 6.9590e-02), (31, 5.3120e-03), (39, 6.2810e-04), (40, 4.3007e-04), (41, 2.7384e-04), (63, 1.1548e-05));

    [Fact]
    public void The_rule_of_llama_3_gives_the_published_figures() => AssertPublished(
        "\"llama3\", \"factor\": 10.0, \"original_max_position_embeddings\": 2048, \"low_freq_factor\": 1, \"high_freq_factor\": 4", 100, 1,
        (0, 1), (29, 1.5399e-02), (30, 1.3335e-02), (31, 1.0730e-02), (32, 7.7785e-03), (36, 1.9675e-03), (40, 3.4539e-04), (41, 2.7384e-04), (63, 1.1548e-05));

    [Fact]
    public void Linear_scaling_divides_every_frequency() => AssertPublished(
        "\"linear\", \"factor\": 20.0", 100, 1, (0, 0.05), (16, 0.005), (32, 0.0005), (63, 1.1548e-04 / 20));

    [Fact]
    public void Long_rope_divides_each_frequency_by_its_own_factor_once_the_sequence_is_long()
    {
        var factors = $"\"short_factor\": [{string.Join(", ", Enumerable.Repeat("2.0", 64))}], \"long_factor\": [{string.Join(", ", Enumerable.Range(1, 64))}]";
        var attention = Math.Sqrt(1 + Math.Log(10) / Math.Log(2048));
        AssertPublished($"\"longrope\", \"factor\": 10.0, {factors}", 2048, attention, (0, 0.5), (16, 0.05), (63, 1.1548e-04 / 2));
        AssertPublished($"\"longrope\", \"factor\": 10.0, {factors}", 2049, attention, (0, 1), (16, 0.1 / 17), (63, 1.1548e-04 / 64));
        AssertPublished($"\"longrope\", \"factor\": 10.0, \"attention_factor\": 0.5, {factors}", 1, 0.5, (0, 0.5));
        // Without a factor, the two contexts give it.
        AssertPublished(
            $"\"longrope\", \"original_max_position_embeddings\": 512, {factors}", 513, Math.Sqrt(1 + Math.Log(4) / Math.Log(512)), (0, 1), (16, 0.1 / 17));
    }

    [Fact]
    public void Proportional_scaling_gives_the_published_figures_and_keeps_the_slow_coordinates_still()
    {
        var frequencies = AssertPublished(
            "\"proportional\", \"partial_rotary_factor\": 0.25", 100, 1,
            (0, 1), (1, 8.6596e-01), (2, 7.4989e-01), (5, 4.8697e-01), (8, 3.1623e-01), (11, 2.0535e-01), (14, 1.3335e-01), (15, 1.1548e-01));
        Assert.All(frequencies[16..], frequency => Assert.Equal(0, frequency));
    }

    [Theory]
    [InlineData("", 64, 1)]
    [InlineData(", \"partial_rotary_factor\": 0.0", 0, 1)]
    [InlineData(", \"partial_rotary_factor\": 0.33", 21, 1)]
    [InlineData(", \"partial_rotary_factor\": 0.33, \"factor\": 8.0", 21, 8)]
    public void Proportional_scaling_turns_whole_pairs_and_divides_what_turns(string options, int turning, double factor) =>
        AssertFrequencies($"\"proportional\"{options}", 10, i => i < turning ? Math.Pow(10000, -i / 64.0) / factor : 0, 1);

    [Fact]
    public void The_share_that_turns_may_stand_beside_the_rotary_options_and_comes_first_there()
    {
        var (frequencies, _) = Of(
            Read("\"partial_rotary_factor\": 0.5, \"rope_parameters\": { \"rope_type\": \"proportional\", \"partial_rotary_factor\": 0.25, \"rope_theta\": 10000.0 }"), 10);
        Assert.Equal(32, frequencies.Count(frequency => frequency > 0));
    }

    [Theory]
    [InlineData(1, 2048)]
    [InlineData(2048, 2048)]
    [InlineData(2049, 2049)]
    [InlineData(9000, 9000)]
    public void Dynamic_scaling_grows_the_base_with_what_exceeds_the_context(int length, int counted)
    {
        var theta = 10000 * Math.Pow(4.0 * counted / 2048 - 3, 128.0 / 126);
        AssertFrequencies("\"dynamic\", \"factor\": 4.0", length, i => Math.Pow(theta, -i / 64.0), 1);
    }

    [Theory]
    [InlineData("", 32, 1, 2048, true)]
    [InlineData(", \"original_max_position_embeddings\": 1024", 32, 1, 1024, true)]
    [InlineData(", \"truncate\": false", 32, 1, 2048, false)]
    [InlineData(", \"beta_fast\": 16.0, \"beta_slow\": 2.0", 16, 2, 2048, true)]
    public void Yarn_blends_between_the_coordinates_that_turn_often_and_seldom(string options, double fast, double slow, double context, bool truncates)
    {
        // Coordinate i turns L/(2π θ^(2i/d)) times within the context L.
        double CoordinateThatTurns(double turns) => 64 * Math.Log(context / (2 * Math.PI * turns)) / Math.Log(10000);
        var (low, high) = (CoordinateThatTurns(fast), CoordinateThatTurns(slow));
        if (truncates) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        AssertFrequencies($"\"yarn\", \"factor\": 4.0{options}", 64, i =>
        {
            var stretched = Math.Clamp((i - low) / (high - low), 0, 1);
            return Math.Pow(10000, -i / 64.0) * (stretched / 4 + 1 - stretched);
        }, 0.1 * Math.Log(4) + 1);
    }

    [Fact]
    public void Yarn_takes_its_attention_factor_from_the_two_scales_when_both_are_given()
    {
        var (_, factor) = Of("\"yarn\", \"factor\": 40.0, \"mscale\": 1.0, \"mscale_all_dim\": 0.5", 10);
        Assert.Equal((0.1 * Math.Log(40) + 1) / (0.05 * Math.Log(40) + 1), factor, 1e-12);
        Assert.Equal(1, Of("\"yarn\", \"factor\": 1.0", 10).Factor);
    }

    [Fact]
    public void Both_spellings_of_transformers_are_read()
    {
        var expected = Of(Read("\"rope_theta\": 500000.0, \"rope_scaling\": { \"rope_type\": \"linear\", \"factor\": 4.0 }"), 10).Frequencies;
        Assert.Equal(Math.Pow(500000, -1 / 64.0) / 4, expected[1], 1e-12);
        foreach (var rope in (string[])
        [
            "\"rope_theta\": 500000.0, \"rope_scaling\": { \"type\": \"linear\", \"factor\": 4.0 }",
            "\"rope_parameters\": { \"rope_type\": \"linear\", \"factor\": 4.0, \"rope_theta\": 500000.0 }",
            "\"rope_scaling\": { \"rope_type\": \"linear\", \"factor\": 4.0, \"rope_theta\": 500000.0 }, \"rope_parameters\": null",
            "\"rope_scaling\": { \"factor\": 4, \"rope_type\": \"linear\" }, \"rope_parameters\": { \"rope_type\": \"linear\", \"factor\": 4.0 }, \"rope_theta\": 500000",
            "\"rope_theta\": 500000, \"rope_parameters\": { \"rope_type\": \"linear\", \"factor\": 4.0, \"rope_theta\": 500000.0 }",
        ])
            Assert.Equal(expected, Of(Read(rope), 10).Frequencies);
    }

    [Theory] // Which one counts differs between versions of transformers.
    [InlineData("\"rope_scaling\": { \"type\": \"linear\", \"factor\": 4.0 }, \"rope_parameters\": { \"type\": \"linear\", \"factor\": 2.0 }", "config.json: rope_scaling differs from rope_parameters, ")]
    [InlineData("\"rope_theta\": 10000.0, \"rope_parameters\": { \"rope_theta\": 500000.0 }", "config.json (rope_parameters): rope_theta is 500000, and the rope_theta beside it is 10000; ")]
    public void Options_that_stand_in_two_places_are_refused_where_they_differ(string rope, string message) =>
        Assert.Contains(message, Assert.Throws<ModelException>(() => Read(rope)).Message, StringComparison.Ordinal);

    private static double[] AssertPublished(string scaling, int length, double factor, params (int Index, double Frequency)[] expected)
    {
        var (frequencies, seen) = Of(scaling, length);
        Assert.Equal(factor, seen, 1e-12);
        foreach (var (index, frequency) in expected) Assert.Equal(1, frequencies[index] / frequency, 5e-5);
        return frequencies;
    }

    private static void AssertFrequencies(string scaling, int length, Func<int, double> expected, double factor)
    {
        var (frequencies, seen) = Of(scaling, length);
        Assert.Equal(factor, seen, 1e-12);
        Assert.Equal(64, frequencies.Length);
        for (var i = 0; i < 64; i++) Assert.Equal(expected(i), frequencies[i], 1e-12 * expected(i));
    }

    private static (double[] Frequencies, double Factor) Of(string scaling, int length) =>
        Of(Read($"\"rope_theta\": 10000.0, \"rope_scaling\": {{ \"rope_type\": {scaling} }}"), length);

    private static (double[] Frequencies, double Factor) Of(ModelConfig config, int length)
    {
        using var scope = NewDisposeScope();
        var (frequencies, factor) = RotaryFrequencies.Of(config, length, ScalarType.Float64);
        return (frequencies.data<double>().ToArray(), factor);
    }

    private static ModelConfig Read(string rope)
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", $$"""
            { "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 11008, "num_attention_heads": 32, "num_hidden_layers": 32,
              "vocab_size": 32000, "max_position_embeddings": 2048, {{rope}} }
            """);
        return ModelConfigReader.Read(folder.Path);
    }
}
