using System.Globalization;
using System.Text.Json;
using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Bodies;

public sealed class DecoderFamilyTests
{
    private const string Plain = "\"rms_norm_eps\": 1e-5, \"rope_theta\": 500.0, \"max_position_embeddings\": 12, \"torch_dtype\": \"float64\", \"architectures\": ";

    private static readonly long[] Ids = [.. Enumerable.Range(0, 20).Select(i => (long)(i * 17 + 3) % SyntheticModel.Vocabulary)];

    /// <summary>A published model, and what the reference in plain loops must know of it.</summary>
    public static TheoryData<string, Func<ReferenceModel, object>> Published => new()
    {
        { "llama-tied", model => model.Reference with { IsTied = true } },
        { "mistral", model => model.Reference with { WindowOf = _ => 16 } },
        { "gemma2", model => model.Reference with
            { IsGemma = true, IsTied = true, WindowOf = layer => layer % 2 == 0 ? 12 : 1000, QueryScalar = 24, ScoreCap = 50, LogitCap = 30 } },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void The_reference_of_these_tests_agrees_with_the_published_results(string name, Func<ReferenceModel, object> complete)
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model(name));
        var reference = (ReferenceDecoder)complete(new ReferenceModel(checkpoint));
        var golden = new GoldenTensors(name);
        AssertNear(golden.Doubles("seq1.logits.f64"), reference.Logits(golden.Longs("seq1.ids")));
    }

    [Fact]
    public void Qwen2_has_biases_before_the_attention_and_no_window_unless_told() =>
        Compare(Plain + "[\"Qwen2ForCausalLM\"], \"sliding_window\": 5, \"max_window_layers\": 1", 6, ["q_proj", "k_proj", "v_proj"]);

    [Fact]
    public void Qwen2_slides_from_the_block_that_is_named() =>
        Compare(
            Plain + "[\"Qwen2ForCausalLM\"], \"use_sliding_window\": true, \"sliding_window\": 5, \"max_window_layers\": 2", 6, ["q_proj", "k_proj", "v_proj"],
            change: reference => reference with { WindowOf = layer => layer >= 2 ? 5 : 1000 });

    [Fact]
    public void Qwen2_slides_where_its_layer_types_say() =>
        Compare(
            Plain + "[\"Qwen2ForCausalLM\"], \"use_sliding_window\": true, \"sliding_window\": 4, \"layer_types\": [\"sliding_attention\", \"full_attention\", \"sliding_attention\"]",
            6, ["q_proj", "k_proj", "v_proj"],
            change: reference => reference with { WindowOf = layer => layer == 1 ? 1000 : 4 });

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public void Qwen3_norms_queries_and_keys(string attentionBias) =>
        Compare(
            $"{Plain}[\"Qwen3ForCausalLM\"], \"head_dim\": 10, \"attention_bias\": {attentionBias}", 10,
            attentionBias == "true" ? ["q_proj", "k_proj", "v_proj", "o_proj"] : [], headNorms: true);

    [Fact]
    public void Llama_may_have_biases_everywhere() =>
        Compare(
            Plain + "[\"LlamaForCausalLM\"], \"attention_bias\": true, \"mlp_bias\": true", 6,
            ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]);

    [Theory]
    [InlineData("16", 16)]
    [InlineData("7", 7)]
    [InlineData("1", 1)]
    [InlineData("null", 1000)]
    public void Mistral_sees_as_many_positions_as_its_window_has(string window, int visible) =>
        Compare(
            $"{Plain}[\"MistralForCausalLM\"], \"head_dim\": 8, \"sliding_window\": {window}", 8,
            change: reference => reference with { WindowOf = _ => visible });

    [Fact]
    public void Mistral_without_a_word_about_its_window_has_one_of_4096()
    {
        using var folder = SyntheticModel.Write(Plain + "[\"MistralForCausalLM\"]", 6);
        using var checkpoint = Checkpoint.Open(folder.Path);
        Assert.All(checkpoint.Config.Windows, window => Assert.Equal(4096, window));
        Assert.Equal(SyntheticModel.Blocks, checkpoint.Config.Windows.Count);
    }

    [Fact]
    public void Long_windows_are_the_same_whether_cut_into_pieces_or_not()
    {
        // 300 positions are two pieces of the attention, the last one not whole.
        var ids = Enumerable.Range(0, 300).Select(i => (long)(i * i + 3) % SyntheticModel.Vocabulary).ToArray();
        Compare($"{Plain}[\"MistralForCausalLM\"], \"sliding_window\": 100", 6, change: reference => reference with { WindowOf = _ => 100 }, ids: ids);
    }

    [Fact]
    public void Scaled_rotary_embeddings_reach_the_logits()
    {
        // 20 tokens are beyond the 12 that the model was made for.
        Compare(Scaled("\"linear\", \"factor\": 4.0"), 6, change: reference => reference with { Turns = [.. reference.Turns.Select(turn => turn / 4)] });
        Compare(Scaled("\"dynamic\", \"factor\": 3.0"), 6, change: reference => reference with
        {
            Turns = ReferenceDecoder.PlainTurns(500 * Math.Pow(3.0 * 20 / 12 - 2, 6.0 / 4), 6),
        });
        Compare(Scaled("\"longrope\", \"factor\": 3.0, \"short_factor\": [1.0, 1.5, 2.0], \"long_factor\": [1.0, 3.0, 7.0]"), 6, change: reference => reference with
        {
            Turns = [reference.Turns[0], reference.Turns[1] / 3, reference.Turns[2] / 7],
            RotaryFactor = Math.Sqrt(1 + Math.Log(3) / Math.Log(12)),
        });
        Compare(Scaled("\"yarn\", \"factor\": 4.0, \"original_max_position_embeddings\": 6, \"beta_fast\": 2.0, \"attention_factor\": 1.3"), 6, change: reference => reference with
        {
            // Both bounds fall on coordinate 0: it is left alone, the others are stretched whole.
            Turns = [reference.Turns[0], reference.Turns[1] / 4, reference.Turns[2] / 4],
            RotaryFactor = 1.3,
        });
    }

    [Fact]
    public void Gemma_scales_its_embedding_by_a_root_that_is_rounded_to_the_type_of_the_body()
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model("gemma2"));
        using var body = DecoderBody.Load(checkpoint, ScalarType.BFloat16);
        using var scope = NewDisposeScope();
        var states = body.AllHiddenStates([7])[0, 0].to(ScalarType.Float32).data<float>().ToArray();
        var embedding = checkpoint.LoadFloat32("model.embed_tokens.weight");
        for (var i = 0; i < 48; i++)
            Assert.Equal(BFloat16(BFloat16(embedding[7 * 48 + i]) * 6.9375f), states[i]); // √48 = 6.928, between 6.906 and 6.9375
    }

    [Theory]
    [InlineData("gemma2", true)]
    [InlineData("llama", false)]
    public void Norms_round_to_a_narrow_type_where_the_family_does(string model, bool addsOne)
    {
        using var checkpoint = Checkpoint.Open(PublishedData.Model(model));
        using var scope = NewDisposeScope();
        var x = Enumerable.Range(0, 64).Select(i => BFloat16(MathF.Sin(i) * 3)).ToArray();
        var weights = Enumerable.Range(0, 64).Select(i => BFloat16(MathF.Cos(i))).ToArray();
        var scale = (float)(1 / Math.Sqrt(x.Sum(value => (double)value * value) / 64 + checkpoint.Config.NormEpsilon));

        var normed = RootMeanSquareNorm.Apply(checkpoint.Config, tensor(x).to(ScalarType.BFloat16), tensor(weights).to(ScalarType.BFloat16));

        var expected = x.Zip(weights, (value, weight) => addsOne ? BFloat16(value * scale * (1 + weight)) : BFloat16(weight * BFloat16(value * scale)));
        Assert.Equal(expected, normed.to(ScalarType.Float32).data<float>().ToArray());
    }

    /// <summary>Rounded to the nearest number of eight significant bits, ties to even.</summary>
    private static float BFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }

    private static string Scaled(string scaling) => $"{Plain}[\"LlamaForCausalLM\"], \"rope_scaling\": {{ \"rope_type\": {scaling} }}";

    private static void Compare(
        string config, int headSize, string[]? biases = null, bool headNorms = false, Func<ReferenceDecoder, ReferenceDecoder>? change = null, long[]? ids = null)
    {
        using var folder = SyntheticModel.Write(config, headSize, biases, headNorms);
        using var checkpoint = Checkpoint.Open(folder.Path);
        using var body = DecoderBody.Load(checkpoint);
        using var scope = NewDisposeScope();
        var logits = nn.functional.linear(body.HiddenStates(ids ?? Ids), checkpoint.Load("lm_head.weight", ScalarType.Float64));
        var reference = new ReferenceModel(checkpoint).Reference;
        AssertNear((change is null ? reference : change(reference)).Logits(ids ?? Ids), logits.contiguous().data<double>().ToArray());
    }

    private static void AssertNear(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var furthest = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(furthest <= 1e-10, string.Create(CultureInfo.InvariantCulture, $"The largest difference is {furthest:e3}."));
    }

    /// <summary>The sizes of a model folder, read without the code under test; its weights, read with it.</summary>
    public sealed class ReferenceModel
    {
        internal ReferenceModel(Checkpoint checkpoint)
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(checkpoint.Folder, "config.json")));
            int Size(string key) => json.RootElement.GetProperty(key).GetInt32();
            var headSize = json.RootElement.TryGetProperty("head_dim", out var given) ? given.GetInt32() : Size("hidden_size") / Size("num_attention_heads");
            var weights = checkpoint.Tensors.Keys.ToDictionary(name => name, name => Array.ConvertAll(checkpoint.LoadFloat32(name), value => (double)value));
            Reference = new ReferenceDecoder
            {
                Weights = name => weights.GetValueOrDefault(name),
                Layers = Size("num_hidden_layers"),
                Hidden = Size("hidden_size"),
                Heads = Size("num_attention_heads"),
                KeyHeads = Size("num_key_value_heads"),
                HeadSize = headSize,
                Epsilon = json.RootElement.GetProperty("rms_norm_eps").GetDouble(),
                Turns = ReferenceDecoder.PlainTurns(json.RootElement.GetProperty("rope_theta").GetDouble(), headSize),
            };
        }

        internal ReferenceDecoder Reference { get; }
    }
}
