using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Pairs;
using ComPO.Core.Updates;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Models;
using ComPO.Torch.Tests.SeedOracle;
using TorchSharp;

namespace ComPO.Torch.Tests.Models;

public sealed class TorchNodeModelTests
{
    private static readonly TorchModelOptions Options = new() { Threads = 2 };

    [Fact]
    public void A_model_is_described_as_its_folder_is()
    {
        var folder = PublishedData.Model("llama");
        using var model = new TorchModelLoader(Options).Load(new ModelRequest(folder, null, WithBody: true));

        Assert.Equal("LlamaForCausalLM", model.Description.Architecture);
        Assert.Equal((512, 64), (model.Description.Head.VocabularySize, model.Description.Head.HiddenSize));
        Assert.Equal((2048, "bfloat16", true), (model.Description.ContextLength, model.Description.HeadDtype, model.Description.HasBody));
        using var checkpoint = Checkpoint.Open(folder);
        Assert.Equal(Digest.Of(checkpoint.LoadFloat32("lm_head.weight")), model.Description.BaseDigest);
        // The float32 head, and everything in the checkpoint as it is stored but embedding and head.
        Assert.Equal(512 * 64 * 4 + checkpoint.Tensors.Values.Sum(tensor => tensor.SizeBytes) - 2 * 512 * 64 * 2, model.Description.MemoryBytes);
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, 2e-4)]
    [InlineData(torch.ScalarType.BFloat16, 0.6)]
    public void The_engine_finds_the_log_probabilities_that_the_whole_model_gives(torch.ScalarType dtype, double tolerance)
    {
        using var model = TorchNodeModel.Open(new ModelRequest(PublishedData.Model("llama"), null, WithBody: true), Options with { Dtype = dtype });
        var expected = SeedData.Golden.GetProperty("pair_logps").GetProperty("float64").EnumerateArray().ToArray();

        Assert.All(SeedData.Pairs, (pair, i) =>
        {
            var features = model.ComputeFeatures(pair, PerturbationSpaceKind.Row);
            using var prepared = model.Engines[0].Prepare(model.Head, model.Description.FinalLogitSoftCap, features);

            Assert.Equal(expected[i].GetProperty("chosen_logps").GetDouble(), prepared.Before.Chosen, tolerance);
            Assert.Equal(expected[i].GetProperty("rejected_logps").GetDouble(), prepared.Before.Rejected, tolerance);
            Assert.Equal(model.ScoreReference(pair), model.ScoreCurrent(pair));
            Assert.Equal(prepared.Before.Margin, model.ScoreCurrent(pair).Margin, 1e-4);
        });
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.Float64)]
    public void What_two_answers_have_in_common_is_merged_however_long_they_are(torch.ScalarType dtype)
    {
        using var model = TorchNodeModel.Open(new ModelRequest(PublishedData.Model("llama"), null, WithBody: true), Options with { Dtype = dtype });
        int[] common = [.. Enumerable.Range(0, 20).Select(i => 40 + 17 * i % 400)];
        var pair = new TokenizedPair(0, [1, 433, 497], [.. common, 7], [.. common, .. Enumerable.Range(0, 300).Select(i => 3 + 31 * i % 500)]);

        var features = model.ComputeFeatures(pair, PerturbationSpaceKind.Row);

        // The last prompt position and the twenty common tokens predict for both; 299 more predict the rest of the long answer.
        Assert.Equal(21 + 299, features.DistinctRows);
        Assert.Equal(features.RowOfToken.Take(21), features.RowOfToken.Skip(21).Take(21));
    }

    [Fact]
    public void Only_the_present_score_follows_the_head_and_the_reference_may_be_another_model()
    {
        var pair = SeedData.Pairs[0];
        using var alone = TorchNodeModel.Open(new ModelRequest(PublishedData.Model("llama"), null, WithBody: true), Options);
        using var beside = TorchNodeModel.Open(new ModelRequest(PublishedData.Model("llama"), PublishedData.Model("llama-tied"), WithBody: true), Options);
        var before = alone.ScoreReference(pair);

        alone.Head.Apply(new SparseUpdate(alone.Head.Shape, [382 * 64, 382 * 64 + 1], [1, -1]), 0.5);

        Assert.Equal(before, alone.ScoreReference(pair));
        Assert.NotEqual(before.Chosen, alone.ScoreCurrent(pair).Chosen, 1e-3);
        using var tied = ScoringModel.Open(PublishedData.Model("llama-tied"), null, threads: 2);
        Assert.Equal(tied.Score(pair), beside.ScoreReference(pair));
        Assert.Equal(before, beside.ScoreCurrent(pair));
    }

    [Fact]
    public void A_model_without_its_body_probes_but_makes_no_features()
    {
        var request = new ModelRequest(PublishedData.Model("llama"), null, WithBody: false);
        using var model = TorchNodeModel.Open(request, Options);
        using var whole = TorchNodeModel.Open(request with { WithBody = true }, Options);
        var features = whole.ComputeFeatures(SeedData.Pairs[0], PerturbationSpaceKind.Full);
        using var prepared = model.Engines[0].Prepare(model.Head, null, features);

        Assert.False(model.Description.HasBody);
        Assert.Equal(512 * 64 * 4, model.Description.MemoryBytes);
        Assert.Contains("without its body", Assert.Throws<InvalidOperationException>(
            () => model.ComputeFeatures(SeedData.Pairs[0], PerturbationSpaceKind.Full)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tpu", "'tpu'; expected auto, cpu, cuda")]
    [InlineData("cuda", "libtorch sees no CUDA device here")]
    [InlineData("cuda:0,1", "libtorch sees no CUDA device here")]
    public void Devices_that_are_not_here_are_refused(string devices, string because)
    {
        Assert.SkipWhen(torch.cuda.is_available(), "This machine has a CUDA device.");
        var refusal = Assert.Throws<UsageException>(() => new TorchModelLoader(new TorchModelOptions { Devices = devices }));
        Assert.Contains(because, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_processor_device_has_the_threads_it_was_given()
    {
        var device = Assert.Single(new TorchModelLoader(new TorchModelOptions { Threads = 3 }).Devices);

        Assert.Equal(("cpu", 3), (device.Name, device.Threads));
        Assert.True(device.MemoryBytes > 1 << 28);
        Assert.Throws<UsageException>(() => new TorchModelLoader(new TorchModelOptions { Threads = 0 }));
    }

    [Fact]
    public void Pairs_are_opened_with_the_models_own_limits_and_its_tokenizer_when_text_needs_it()
    {
        using var folder = new TemporaryFolder();
        var ids = Path.Combine(folder.Path, "ids.jsonl");
        File.WriteAllText(ids, """{"prompt_input_ids":[1,2],"chosen_input_ids":[3,4],"rejected_input_ids":[5]}""");
        var text = Path.Combine(folder.Path, "text.jsonl");
        File.WriteAllText(text, """{"prompt":"Once upon a time","chosen":" there was a girl","rejected":" there was"}""");
        using var llama = TorchNodeModel.Open(new ModelRequest(PublishedData.Model("llama"), null, WithBody: false), Options);
        using var stories = TorchNodeModel.Open(new ModelRequest(PublishedData.Model("stories260K"), null, WithBody: false), Options);

        Assert.Equal([3, 4], Assert.Single(llama.OpenPairs(ids, PairOptions.Default).From(0)).Pair!.ChosenIds);
        Assert.Equal(SkipReason.TooLong, Assert.Single(llama.OpenPairs(ids, new PairOptions { MaxLength = 3 }).From(0)).Skipped);
        Assert.Contains("has no tokenizer", Assert.Throws<ModelException>(() => llama.OpenPairs(text, PairOptions.Default).From(0).ToList()).Message, StringComparison.Ordinal);
        Assert.Equal([403, 407, 261, 378], Assert.Single(stories.OpenPairs(text, PairOptions.Default).From(0)).Pair!.PromptIds);
        Assert.Throws<PreferenceDataException>(() => stories.OpenPairs(Path.Combine(folder.Path, "absent.jsonl"), PairOptions.Default));
    }
}
