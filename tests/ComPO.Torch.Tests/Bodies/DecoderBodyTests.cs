using System.Globalization;
using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;
using ComPO.Torch.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Bodies;

public sealed class DecoderBodyTests(ITestOutputHelper output)
{
    /// <summary>Model, the sequences' prefix and count, and the names of the float64 results of Hugging Face's own code.</summary>
    public static TheoryData<string, string, int, string> Models => new()
    {
        { "llama", "seq", 3, "f64" },
        { "llama-tied", "seq", 3, "f64" },
        { "mistral", "seq", 3, "f64" },
        { "gemma2", "seq", 3, "f64" },
        { "stories260K", "sent", 5, "hf64" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_and_hidden_states_in_float64_are_those_of_the_published_reference(string model, string sequence, int count, string reference) =>
        Compare(model, sequence, count, reference, ScalarType.Float64, tolerance: 1e-10);

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_and_hidden_states_in_float32_are_near_the_published_reference(string model, string sequence, int count, string reference) =>
        Compare(model, sequence, count, reference, ScalarType.Float32, tolerance: model == "stories260K" ? 5e-5 : 1e-5);

    [Theory]
    [InlineData(ScalarType.BFloat16, 0.06)]
    [InlineData(ScalarType.Float16, 0.008)]
    public void Narrow_types_compute_and_lose_only_what_their_precision_loses(ScalarType dtype, double tolerance) =>
        Compare("llama", "seq", 3, "f64", dtype, tolerance);

    [Fact]
    public void The_checkpoints_own_type_is_the_default()
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model("llama"));
        using var body = DecoderBody.Load(checkpoint);
        Assert.Equal(ScalarType.BFloat16, body.Dtype);
        Assert.Equal(2L * (checkpoint.Tensors.Values.Sum(tensor => tensor.ElementCount) - checkpoint.HeadShape.EntryCount), body.MemoryBytes);
    }

    [Theory] // The weights are float32 in each.
    [InlineData("\"torch_dtype\": \"bfloat16\", ", ScalarType.BFloat16)]
    [InlineData("\"dtype\": \"float16\", ", ScalarType.Float16)]
    [InlineData("", ScalarType.Float32)]
    public void The_configuration_s_type_goes_before_that_of_the_weights(string said, ScalarType expected)
    {
        using var folder = SyntheticModel.Write($"\"rms_norm_eps\": 1e-5, \"rope_theta\": 500.0, \"max_position_embeddings\": 12, {said}\"architectures\": [\"LlamaForCausalLM\"]", 6);
        using var checkpoint = Checkpoint.Open(folder.Path);
        using var body = DecoderBody.Load(checkpoint);
        Assert.Equal(expected, body.Dtype);
        using var states = body.HiddenStates([1, 2]);
        Assert.Equal(expected, states.dtype);
    }

    /// <summary>Model, the published mistake, and the configuration that makes it.</summary>
    public static TheoryData<string, string, Func<ModelConfig, ModelConfig>> Mistakes => new()
    {
        { "llama", "no_rope_scaling", config => config with { RopeScaling = null } },
        { "llama", "rope_theta_10000", config => config with { RopeTheta = 10000 } },
        { "llama", "rms_eps_1e-6", config => config with { NormEpsilon = 1e-6 } },
        { "mistral", "no_window", config => config with { Windows = [] } },
        { "mistral", "window_15", config => WithWindow(config, 15) },
        { "mistral", "window_17", config => WithWindow(config, 17) },
        { "mistral", "rms_eps_1e-6", config => config with { NormEpsilon = 1e-6 } },
        { "gemma2", "no_attn_softcap", config => config with { AttentionSoftCap = null } },
        { "gemma2", "no_final_softcap", config => config with { FinalLogitSoftCap = null } },
        { "gemma2", "window_11", config => WithWindow(config, 11) },
        { "gemma2", "window_13", config => WithWindow(config, 13) },
        { "gemma2", "no_window", config => config with { Windows = [] } },
        { "gemma2", "query_scalar_16", config => config with { QueryScalar = 16 } },
        { "gemma2", "rms_eps_1e-5", config => config with { NormEpsilon = 1e-5 } },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Each_usual_mistake_moves_the_logits_as_far_as_the_reference_says(string model, string mistake, Func<ModelConfig, ModelConfig> wrong)
    {
        var published = PublishedData.Golden(model).GetProperty("ablation_max_abs_logit_change_f64");
        using var checkpoint = Checkpoint.Open(PublishedData.Model(model));
        // The published figures are those of the longest sequence.
        var change = LargestLogitChange(checkpoint, wrong(checkpoint.Config), new GoldenTensors(model).Longs("seq2.ids"));
        Assert.Equal(published.GetProperty(mistake).GetDouble(), change, 1e-9);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("gemma2")]
    public void Rotary_frequencies_are_those_of_the_reference(string model)
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model(model));
        using var scope = NewDisposeScope();
        var expected = PublishedData.Golden(model).GetProperty("rope_inv_freq_f64").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        var actual = RotaryFrequencies.Of(checkpoint.Config, 40, ScalarType.Float64).Frequencies.data<double>().ToArray();
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-14);
    }

    [Fact]
    public void A_later_token_does_not_change_an_earlier_position()
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model("stories260K"));
        using var body = DecoderBody.Load(checkpoint, ScalarType.Float64);
        using var scope = NewDisposeScope();
        var first = body.HiddenStates([1, 403, 407, 261]);
        var second = body.HiddenStates([1, 403, 407, 300]);
        Assert.True((first[..3] - second[..3]).abs().max().item<double>() < 1e-12);
        Assert.True((first[3] - second[3]).abs().max().item<double>() > 1e-3);
    }

    [Fact]
    public void Biases_are_added_where_the_configuration_has_them()
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model("stories260K"));
        var config = checkpoint.Config with { LayerCount = 1, QueryKeyValueBias = true, AttentionOutputBias = true, FeedForwardBias = true };
        var description = DecoderDescription.Of(config);
        var biases = description.Parameters.Where(parameter => parameter.Name.EndsWith(".bias", StringComparison.Ordinal)).ToArray();
        Assert.Equal(7, biases.Length);

        using var scope = NewDisposeScope();
        foreach (var (name, _) in biases)
        {
            var parameters = description.Parameters.ToDictionary(
                parameter => parameter.Name,
                parameter => checkpoint.Tensors.ContainsKey(parameter.Name) ? checkpoint.Load(parameter.Name) : zeros(parameter.Shape));
            var without = new Decoder(description).HiddenStates(parameters, tensor((long[])[1, 5, 9, 200]).unsqueeze(0));
            parameters[name].fill_(0.5).mul_(arange(parameters[name].shape[0]) % 3);
            var with = new Decoder(description).HiddenStates(parameters, tensor((long[])[1, 5, 9, 200]).unsqueeze(0));
            Assert.True((with - without).abs().max().item<float>() > 1e-4, name);
        }
    }

    [Fact]
    public void One_forward_serves_training_too_and_its_gradient_is_the_slope()
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model("stories260K"));
        var description = DecoderDescription.Of(checkpoint.Config with { LayerCount = 2 });
        using var scope = NewDisposeScope();
        var parameters = description.Parameters.ToDictionary(parameter => parameter.Name, parameter => checkpoint.Load(parameter.Name, ScalarType.Float64).requires_grad_());
        var ids = tensor((long[])[1, 403, 407, 261, 378, 1, 403, 300, 261, 2]).view(2, 5);
        Tensor Loss() => new Decoder(description).HiddenStates(parameters, ids).sin().sum();

        Loss().backward();

        const double step = 1e-5;
        foreach (var name in (string[])["model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.v_proj.weight", "model.layers.1.mlp.gate_proj.weight", "model.norm.weight"])
        {
            var entry = parameters[name].view(-1)[7];
            using var _ = no_grad();
            entry.add_(step);
            var above = Loss().item<double>();
            entry.sub_(2 * step);
            var below = Loss().item<double>();
            entry.add_(step);
            Assert.Equal((above - below) / (2 * step), parameters[name].grad!.view(-1)[7].item<double>(), 1e-6);
        }
    }

    [Fact]
    public void A_sequence_outside_the_vocabulary_or_without_tokens_is_refused()
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model("stories260K"));
        using var body = DecoderBody.Load(checkpoint);
        Assert.Contains("512", Assert.Throws<ArgumentOutOfRangeException>(() => body.HiddenStates([1, 512])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => body.HiddenStates([-1]));
        Assert.Throws<ArgumentException>(() => body.HiddenStates([]));
    }

    [Theory]
    [InlineData("stories260K", ScalarType.Float32)]
    [InlineData("llama", ScalarType.BFloat16)]
    [InlineData("mistral", ScalarType.Float32)]
    [InlineData("mistral", ScalarType.BFloat16)]
    [InlineData("gemma2", ScalarType.Float32)]
    [InlineData("gemma2", ScalarType.BFloat16)]
    public void The_same_states_come_out_for_one_thread_and_for_two(string model, ScalarType dtype)
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model(model));
        using var body = DecoderBody.Load(checkpoint, dtype);
        var ids = Enumerable.Range(0, 509).Select(i => (long)(i * 7919 % 320)).ToArray();
        float[] States(int threads)
        {
            using var _ = TorchThreads.Use(threads);
            using var states = body.HiddenStates(ids);
            using var wide = states.to(ScalarType.Float32);
            return wide.data<float>().ToArray();
        }
        Assert.Equal(States(1), States(2));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model("llama"));
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        var before = statistics.ThreadTotalLiveCount;
        using (var body = DecoderBody.Load(checkpoint, ScalarType.Float32))
        {
            var loaded = statistics.ThreadTotalLiveCount;
            Assert.True(loaded > before);
            for (var i = 0; i < 3; i++)
            {
                body.HiddenStates([1, 2, 3]).Dispose();
                body.AllHiddenStates([1, 2, 3]).Dispose();
            }
            Assert.Equal(loaded, statistics.ThreadTotalLiveCount);
        }
        Assert.Equal(before, statistics.ThreadTotalLiveCount);
    }

    private void Compare(string model, string sequence, int count, string reference, ScalarType dtype, double tolerance)
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model(model));
        using var body = DecoderBody.Load(checkpoint, dtype);
        using var head = checkpoint.Load(checkpoint.HeadTensorName, dtype);
        var golden = new GoldenTensors(model);
        var (logits, hidden, positions) = (0.0, (double?)null, 0);
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            var ids = golden.Longs($"{sequence}{i}.ids");
            var states = body.HiddenStates(ids);
            Assert.Equal([ids.Length, checkpoint.Config.HiddenSize], states.shape);
            logits = Math.Max(logits, AssertNear(golden.Doubles($"{sequence}{i}.logits.{reference}"), Logits(checkpoint.Config, states, head), tolerance));
            positions += ids.Length;
            if (golden.Has($"{sequence}{i}.hidden_states.{reference}"))
                hidden = Math.Max(hidden ?? 0, AssertNear(golden.Doubles($"{sequence}{i}.hidden_states.{reference}"), body.AllHiddenStates(ids), tolerance));
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{model,-12} {dtype,-8}  {count} sequences, {positions,3} positions: logits differ by at most {logits:0.0e-0}{(hidden is null ? "" : $", hidden states by {hidden:0.0e-0}")}; {tolerance:0e-0} is allowed"));
    }

    private static double AssertNear(double[] expected, Tensor actual, double tolerance)
    {
        var values = actual.to(ScalarType.Float64).contiguous().data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        var furthest = expected.Zip(values, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(furthest <= tolerance, $"The largest difference is {furthest:e3}; {tolerance:e0} is allowed.");
        return furthest;
    }

    private static double LargestLogitChange(Checkpoint checkpoint, ModelConfig wrong, long[] ids)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var parameters = DecoderDescription.Of(wrong).Parameters.ToDictionary(parameter => parameter.Name, parameter => checkpoint.Load(parameter.Name, ScalarType.Float64));
        var head = checkpoint.Load(checkpoint.HeadTensorName, ScalarType.Float64);
        var batch = tensor(ids).unsqueeze(0);
        Tensor Logits(ModelConfig config) =>
            DecoderBodyTests.Logits(config, new Decoder(DecoderDescription.Of(config)).HiddenStates(parameters, batch), head);
        return (Logits(checkpoint.Config) - Logits(wrong)).abs().max().item<double>();
    }

    private static Tensor Logits(ModelConfig config, Tensor states, Tensor head)
    {
        var logits = nn.functional.linear(states, head);
        return config.FinalLogitSoftCap is { } cap ? (logits / cap).tanh() * cap : logits;
    }

    private static ModelConfig WithWindow(ModelConfig config, int window) =>
        config with { Windows = [.. config.Windows.Select(old => old is null ? null : (int?)window)] };
}
