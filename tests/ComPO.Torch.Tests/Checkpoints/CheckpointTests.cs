using System.Runtime.InteropServices;
using System.Text.Json;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Safetensors;
using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Models;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Checkpoints;

public sealed class CheckpointTests
{
    [Fact]
    public void A_head_is_the_same_whether_read_by_torch_or_without_it()
    {
        foreach (var (model, tied, type) in ((string, bool, TensorType)[])[("llama", false, TensorType.BFloat16), ("llama-tied", true, TensorType.Float32), ("stories260K", true, TensorType.Float32)])
        {
            using var checkpoint = Checkpoint.Open(PublishedData.Model(model));
            Assert.Equal((tied, type), (checkpoint.TiesHead, checkpoint.HeadType));
            using var head = checkpoint.Load(checkpoint.HeadTensorName, ScalarType.Float32);
            Assert.Equal(head.data<float>().ToArray(), checkpoint.LoadHead().Values);
        }
    }

    [Theory]
    [InlineData(TensorType.Float64)]
    [InlineData(TensorType.Float32)]
    [InlineData(TensorType.Float16)]
    [InlineData(TensorType.BFloat16)]
    public void Every_floating_type_is_read_as_torch_reads_it(TensorType type)
    {
        using var folder = Broken("llama", "lm_head.weight", tensor => Tensor(tensor.Name, type, tensor.Shape, i => Math.Sin(i) * (i % 5 == 0 ? 1e-6 : 3)));
        using var checkpoint = Checkpoint.Open(folder.Path);
        using var head = checkpoint.Load("lm_head.weight", ScalarType.Float32);
        Assert.Equal(head.data<float>().ToArray(), checkpoint.LoadFloat32("lm_head.weight"));
        Assert.Equal(Math.Sin(1) * 3, checkpoint.LoadFloat32("lm_head.weight")[1], 0.01);
    }

    [Fact]
    public void A_model_in_several_files_is_the_same_model()
    {
        using var folder = ShardedModel.Of("llama");
        using var sharded = Checkpoint.Open(folder.Path);
        using var whole = Checkpoint.Open(PublishedData.Model("llama"));
        Assert.Equal(whole.Tensors.Keys.Order(), sharded.Tensors.Keys.Order());
        foreach (var name in whole.Tensors.Keys) Assert.Equal(whole.LoadFloat32(name), sharded.LoadFloat32(name));
    }

    [Fact]
    public void A_file_that_others_wrote_is_read_to_the_last_number()
    {
        using var file = WeightsFile.Open(Path.Combine(Repository.Data("safetensors", "real"), "burn_mnist.safetensors"));
        foreach (var tensor in file.Header.Tensors.Where(tensor => tensor.Type == TensorType.Float32))
        {
            using var bytes = file.OpenTensor(tensor);
            Assert.All(Float32Decoder.Read(bytes, tensor.Type, (int)tensor.ElementCount), value => Assert.InRange(value, -1000f, 1000f));
        }
    }

    [Fact]
    public void A_folder_that_is_not_there_or_has_no_weights_is_refused()
    {
        using var folder = new TemporaryFolder();
        Refused(folder["none"], "no model folder");
        Refused(folder.Path, "no config.json");
        folder.Copy(PublishedData.Model("llama"), "config.json");
        Refused(folder.Path, "has no weights", "model.safetensors");
    }

    [Fact]
    public void A_truncated_file_a_pointer_and_malformed_files_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        folder.CopyAll(PublishedData.Model("llama"));
        var whole = File.ReadAllBytes(folder["model.safetensors"]);
        foreach (var length in (int[])[0, 7, 8, 3000, 3104, whole.Length / 2, whole.Length - 1])
        {
            File.WriteAllBytes(folder["model.safetensors"], whole[..length]);
            Refused(folder.Path, "model.safetensors is not a whole safetensors file");
        }

        folder.Copy(Repository.Data("hf-meta", "Mistral-7B-Instruct-v0.2", "lfs-pointers"), "model-00001-of-00003.safetensors.lfs-pointer", "model.safetensors");
        Refused(folder.Path, "model.safetensors is a Git LFS pointer", "git lfs pull");

        var malformed = Repository.Data("safetensors", "malformed");
        foreach (var file in Directory.GetFiles(malformed, "*.safetensors"))
        {
            folder.Copy(malformed, Path.GetFileName(file), "model.safetensors");
            // What is valid in itself still lacks this model's tensors.
            Refused(folder.Path, Path.GetFileName(file).StartsWith("accept", StringComparison.Ordinal) ? "has no tensor lm_head.weight" : "is not a whole safetensors file");
        }
    }

    [Fact]
    public void An_index_that_does_not_fit_its_files_is_refused()
    {
        using var folder = ShardedModel.Of("llama");
        const string index = "model.safetensors.index.json", second = "model-00002-of-00002.safetensors";
        var good = File.ReadAllText(folder[index]);

        folder.Write(index, good.Replace("\"lm_head.weight\":\"model-00002", "\"lm_head.weight\":\"model-00001", StringComparison.Ordinal));
        Refused(folder.Path, "lm_head.weight", "is in");
        folder.Write(index, good.Replace("\"lm_head.weight\":\"", "\"lm_head.weight\":\"../", StringComparison.Ordinal));
        Refused(folder.Path, "lm_head.weight", "a file name in the same folder");
        folder.Write(index, good[..^20]);
        Refused(folder.Path, "not valid JSON");
        folder.Write(index, "{}");
        Refused(folder.Path, "no weight_map");

        folder.Write(index, good);
        var shard = File.ReadAllBytes(folder[second]);
        File.Delete(folder[second]);
        Refused(folder.Path, second, "not in the folder");
        File.WriteAllBytes(folder[second], shard[..^1]);
        Refused(folder.Path, second, "not a whole safetensors file");
        File.Copy(folder["model-00001-of-00002.safetensors"], folder[second], overwrite: true);
        Refused(folder.Path, "again in", second);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama-tied")]
    public void The_head_needs_no_file_but_its_own(string model)
    {
        using var folder = ShardedModel.Of(model);
        using var whole = Checkpoint.Open(PublishedData.Model(model));
        var holdsHead = JsonDocument.Parse(File.ReadAllBytes(folder["model.safetensors.index.json"]))
            .RootElement.GetProperty("weight_map").GetProperty(whole.HeadTensorName).GetString()!;
        var other = holdsHead.Replace("0001-of", "000X-of", StringComparison.Ordinal).Replace("0002-of", "0001-of", StringComparison.Ordinal).Replace("000X-of", "0002-of", StringComparison.Ordinal);
        File.Delete(folder[other]);

        using (var checkpoint = Checkpoint.OpenForHead(folder.Path))
        {
            Assert.Equal(whole.LoadHead().Values, checkpoint.LoadHead().Values);
            AssertSays(Assert.Throws<ModelException>(() => { using var body = DecoderBody.Load(checkpoint); }), other, "not in the folder");
        }
        Refused(folder.Path, other, "not in the folder");

        File.Delete(folder[holdsHead]);
        AssertSays(Assert.Throws<ModelException>(() => { using var none = Checkpoint.OpenForHead(folder.Path); }), holdsHead, "not in the folder");
    }

    [Fact]
    public void A_trainer_without_a_body_reads_the_head_alone_when_it_opens_a_folder_and_when_it_restores_its_head()
    {
        using var folder = ShardedModel.Of("llama");
        var inFirst = File.ReadAllText(folder["model.safetensors.index.json"]).Contains("\"lm_head.weight\":\"model-00001", StringComparison.Ordinal);
        File.Delete(folder[inFirst ? "model-00002-of-00002.safetensors" : "model-00001-of-00002.safetensors"]);
        SpoilAllButHead(folder[inFirst ? "model-00001-of-00002.safetensors" : "model-00002-of-00002.safetensors"]);
        using var whole = Checkpoint.Open(PublishedData.Model("llama"));

        using var model = TorchNodeModel.Open(new ModelRequest(folder.Path, WithBody: false, ReferenceFolder: null), new TorchModelOptions());
        Array.Fill(model.Head.Values, 1f);
        model.RestoreBaseHead();

        Assert.Equal(whole.LoadHead().Values, model.Head.Values);
        Assert.Equal(512, model.Description.Head.VocabularySize);
    }

    // No number of the other tensors is finite any more: reading one is refused.
    private static void SpoilAllButHead(string path)
    {
        var file = File.ReadAllBytes(path);
        var header = SafetensorsHeader.Parse(file);
        foreach (var tensor in header.Tensors.Where(tensor => tensor.Name != Checkpoint.UntiedHeadName))
            file.AsSpan((int)(header.DataOffset + tensor.Offset), (int)tensor.SizeBytes).Fill(0xFF);
        File.WriteAllBytes(path, file);
    }

    [Fact]
    public void A_tensor_that_the_architecture_does_not_have_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.CopyAll(PublishedData.Model("llama"));
        var config = File.ReadAllText(folder["config.json"]);
        folder.Write("config.json", config.Replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2", StringComparison.Ordinal));
        using var checkpoint = Checkpoint.Open(folder.Path);
        AssertSays(Assert.Throws<ModelException>(() => { using var body = DecoderBody.Load(checkpoint); }), "model.layers.2.", "not part of a LlamaForCausalLM");
    }

    [Fact]
    public void Numbers_that_do_not_fit_the_type_asked_for_are_refused()
    {
        using var folder = Broken("llama", "lm_head.weight", tensor => Tensor(tensor.Name, TensorType.Float32, tensor.Shape, i => i == 9 ? 70000 : 1));
        using var checkpoint = Checkpoint.Open(folder.Path);
        AssertSays(Assert.Throws<ModelException>(() => checkpoint.Load("lm_head.weight", ScalarType.Float16)), "lm_head.weight", "too large", "--dtype");
        using var wide = checkpoint.Load("lm_head.weight", ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, wide.dtype);
    }

    [Fact]
    public void A_tensor_that_is_missing_misshapen_or_not_finite_is_named()
    {
        const string norm = "model.layers.1.input_layernorm.weight";
        foreach (var (name, change, words) in ((string, Func<TensorEntry, TensorContent?>, string[])[])
            [
                (norm, _ => null, ["no tensor " + norm]),
                (norm, _ => Tensor(norm, TensorType.Float32, [63], _ => 1), [norm, "[63]", "[64]"]),
                (norm, _ => new TensorContent(norm, TensorType.Int32, [64], new byte[256]), [norm, "I32"]),
                (norm, _ => Tensor(norm, TensorType.Float32, [64], i => i == 40 ? double.NaN : 1), [norm, "NaN or infinite", "model.safetensors"]),
                (norm, _ => Tensor(norm, TensorType.BFloat16, [64], i => i == 63 ? double.NegativeInfinity : 1), [norm, "NaN or infinite"]),
            ])
        {
            using var folder = Broken("llama", name, change);
            using var checkpoint = Checkpoint.Open(folder.Path);
            AssertSays(Assert.Throws<ModelException>(() => { using var body = DecoderBody.Load(checkpoint); }), words);
        }

        using var badHead = Broken("llama", "lm_head.weight", tensor => Tensor(tensor.Name, TensorType.BFloat16, tensor.Shape, i => i == 500 ? double.PositiveInfinity : 0));
        using var opened = Checkpoint.Open(badHead.Path);
        AssertSays(Assert.Throws<ModelException>(opened.LoadHead), "lm_head.weight", "NaN or infinite");
        using var noHead = Broken("llama", "lm_head.weight", _ => null);
        Refused(noHead.Path, "no tensor lm_head.weight");
        using var narrowHead = Broken("llama", "lm_head.weight", tensor => Tensor(tensor.Name, TensorType.Float32, [512, 60], _ => 0));
        Refused(narrowHead.Path, "lm_head.weight", "[512, 60]", "[512, 64]");
    }

    [Theory]
    [InlineData("\"LlamaForCausalLM\"", "\"MambaForCausalLM\"", "MambaForCausalLM, which is not supported")]
    [InlineData("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "hidden_act is gelu")]
    [InlineData("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2000000000", "up to 4096")]
    [InlineData("\"LlamaForCausalLM\"", "\"\\ud800\"", "not Unicode")]
    [InlineData("\"mlp_bias\": false", "\"layer_types\": [\"full_attention\"]", "layer_types is not supported")]
    [InlineData("\"mlp_bias\": false", "\"quantization_config\": { \"bits\": 4 }", "quantization_config")]
    [InlineData("\"mlp_bias\": false", "\"partial_rotary_factor\": 0.5", "partial_rotary_factor is not 1")]
    [InlineData("\"rope_type\": \"llama3\"", "\"rope_type\": \"longrope\"", "short_factor is not a list of 4 numbers")]
    [InlineData("\"rope_type\": \"llama3\"", "\"rope_type\": \"proportional\", \"partial_rotary_factor\": 1.5", "partial_rotary_factor is 1.5; a number from 0 to 1")]
    [InlineData("\"rope_type\": \"llama3\"", "\"rope_type\": \"llama3\", \"partial_rotary_factor\": 0.5", "partial_rotary_factor is not 1")]
    [InlineData("\"low_freq_factor\": 1.0", "\"low_freq_factor\": 4.0", "not below high_freq_factor")]
    [InlineData("\"LlamaForCausalLM\"", "\"Gemma2ForCausalLM\"", "query_pre_attn_scalar is missing")]
    [InlineData("\"architectures\": [\n    \"LlamaForCausalLM\"\n  ],", "\"architectures\": [ \"Qwen2ForCausalLM\" ], \"layer_types\": [ \"full_attention\" ],", "names 1 blocks")]
    [InlineData("\"architectures\": [\n    \"LlamaForCausalLM\"\n  ],", "\"architectures\": [ \"Qwen3ForCausalLM\" ], \"layer_types\": [ \"chunked_attention\", \"full_attention\", \"full_attention\" ],", "chunked_attention, which is not supported")]
    [InlineData("\"architectures\": [\n    \"LlamaForCausalLM\"\n  ],", "\"architectures\": [ \"Qwen3ForCausalLM\" ], \"layer_types\": [ \"sliding_attention\", \"full_attention\", \"full_attention\" ],", "sliding_window is not set")]
    [InlineData("\"rope_type\": \"llama3\"", "\"rope_type\": \"spiral\"", "rope_type is spiral")]
    [InlineData("\"num_attention_heads\": 8", "\"num_attention_heads\": 0", "num_attention_heads is 0")]
    [InlineData("\"num_attention_heads\": 8", "\"num_attention_heads\": \"8\"", "num_attention_heads is 8")]
    [InlineData("\"num_key_value_heads\": 4", "\"num_key_value_heads\": 3", "does not divide")]
    [InlineData("\"head_dim\": 8", "\"head_dim\": 7", "even")]
    [InlineData("\"vocab_size\": 512,", "", "vocab_size is missing")]
    [InlineData("\"torch_dtype\": \"bfloat16\"", "\"torch_dtype\": \"int8\"", "torch_dtype is int8")]
    [InlineData("\"tie_word_embeddings\": false\n}", "", "not valid JSON")]
    public void A_configuration_that_cannot_be_computed_is_refused_by_key(string from, string to, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.CopyAll(PublishedData.Model("llama"));
        var config = File.ReadAllText(folder["config.json"]);
        Assert.Contains(from, config, StringComparison.Ordinal);
        folder.Write("config.json", config.Replace(from, to, StringComparison.Ordinal));
        Refused(folder.Path, expected, "config.json");
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors.index.json")]
    public void A_damaged_description_is_read_or_refused_and_nothing_else(string file)
    {
        var random = new Random(20240518);
        using var folder = new TemporaryFolder();
        folder.CopyAll(PublishedData.Model("mistral"));
        var good = File.ReadAllBytes(folder[file]);
        byte[][] pieces = ["null"u8.ToArray(), "-1"u8.ToArray(), "2147483647"u8.ToArray(), "1e999"u8.ToArray(), "[]"u8.ToArray(), "{}"u8.ToArray(), "\"\\ud800\""u8.ToArray(), "\""u8.ToArray(), [0xff], "9"u8.ToArray(), []];
        var (read, refused) = (0, 0);
        for (var i = 0; i < 1500; i++)
        {
            var start = random.Next(good.Length);
            var end = Math.Min(good.Length, start + random.Next(12));
            File.WriteAllBytes(folder[file], [.. good[..start], .. pieces[random.Next(pieces.Length)], .. good[end..]]);
            try
            {
                using var checkpoint = Checkpoint.Open(folder.Path);
                read++;
            }
            catch (ModelException refusal)
            {
                AssertSays(refusal);
                refused++;
            }
        }
        Assert.True(read > 0 && refused > 100, $"{read} read, {refused} refused");
    }

    private static void Refused(string folder, params string[] words) =>
        AssertSays(Assert.Throws<ModelException>(() => { using var checkpoint = Checkpoint.Open(folder); }), words);

    private static void AssertSays(ModelException refusal, params string[] words)
    {
        foreach (var word in words) Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>A copy of a published model in which one tensor is another, or gone.</summary>
    private static TemporaryFolder Broken(string model, string name, Func<TensorEntry, TensorContent?> change)
    {
        var folder = new TemporaryFolder();
        folder.CopyAll(PublishedData.Model(model));
        var file = File.ReadAllBytes(folder["model.safetensors"]);
        var header = SafetensorsHeader.Parse(file);
        using var stream = File.Create(folder["model.safetensors"]);
        SafetensorsWriter.Write(stream, header.Tensors.Select(tensor => tensor.Name == name
            ? change(tensor)
            : new TensorContent(tensor.Name, tensor.Type, tensor.Shape, file.AsMemory((int)(header.DataOffset + tensor.Offset), (int)tensor.SizeBytes))).OfType<TensorContent>());
        return folder;
    }

    private static TensorContent Tensor(string name, TensorType type, long[] shape, Func<int, double> value)
    {
        var values = Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(value).ToArray();
        byte[] bytes = type switch
        {
            TensorType.Float64 => MemoryMarshal.AsBytes<double>(values).ToArray(),
            TensorType.Float32 => MemoryMarshal.AsBytes<float>(Array.ConvertAll(values, number => (float)number)).ToArray(),
            TensorType.Float16 => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, number => (Half)number)).ToArray(),
            _ => MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(values, number => (ushort)(BitConverter.SingleToUInt32Bits((float)number) >> 16))).ToArray(),
        };
        return new TensorContent(name, type, shape, bytes);
    }
}
