using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Noise;
using ComPO.Core.Pairs;
using ComPO.Torch.Configuration;
using ComPO.Torch.Models;
using ComPO.Torch.Training;

namespace ComPO.Torch.Tests.Training;

public sealed class SupervisedTrainerTests : IDisposable
{
    private static readonly ModelConfig Config = new()
    {
        Family = DecoderFamily.Llama,
        VocabularySize = 48,
        HiddenSize = 32,
        IntermediateSize = 64,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 8,
        NormEpsilon = 1e-5,
        RopeTheta = 10000,
        ContextLength = 32,
        BosId = 1,
        EosId = 2,
    };

    private static readonly ModelConfig TiedConfig = Config with
    {
        TiesEmbeddings = true,
        QueryKeyValueBias = true,
        AttentionOutputBias = true,
        RopeScaling = new Llama3RopeScaling(8, 1, 4, 16),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("compo-training-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_language_with_one_bit_a_token_is_learnt_down_to_its_entropy()
    {
        var losses = new List<double>();
        var last = SupervisedTrainer.Train(
            Config, Sequences(400), new TrainingSettings { Steps = 150, BatchSize = 16, LearningRate = 1e-2 }, _folder,
            progress => losses.Add(progress.Loss), TestContext.Current.CancellationToken);

        // Untrained, every token is as likely as any; trained, two tokens are, after the first of each sequence.
        Assert.Equal(Math.Log(48), losses[0], 0.1);
        Assert.InRange(last, Math.Log(2) - 0.02, Math.Log(2) + 0.15);
        Assert.Equal(150, losses.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_written_folder_is_the_model_that_was_trained(bool tied)
    {
        // At a learning rate of nothing the loss of the one batch is that of the weights as they are written.
        var sequences = Sequences(6);
        var settings = new TrainingSettings { Steps = 1, BatchSize = 6, LearningRate = 0 };
        var loss = SupervisedTrainer.Train(
            tied ? TiedConfig : Config, sequences, settings, _folder, null, TestContext.Current.CancellationToken);

        using var model = ScoringModel.Open(_folder, null, threads: 1);
        var logProbability = sequences.Sum(sequence => model.Score(new TokenizedPair(0, sequence[..1], sequence[1..], [2])).Chosen);
        Assert.Equal(loss, -logProbability / sequences.Sum(sequence => sequence.Length - 1), 1e-5);
    }

    [Fact]
    public void The_weights_depend_on_the_seed_and_not_on_the_number_of_threads()
    {
        var settings = new TrainingSettings { Steps = 4, BatchSize = 5 };
        var one = Train("one", settings with { Threads = 1 });
        var two = Train("two", settings with { Threads = 2 });
        var other = Train("other", settings with { Seed = 2 });

        Assert.Equal(one, two);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void The_folder_says_what_was_trained()
    {
        SupervisedTrainer.Train(
            TiedConfig, Sequences(8), new TrainingSettings { Steps = 1, BatchSize = 2 }, _folder,
            cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(
            TiedConfig with { Dtype = TorchSharp.torch.ScalarType.Float32, Digest = Digest.Of(File.ReadAllBytes(Path.Combine(_folder, "config.json"))) },
            ModelConfigReader.Read(_folder));
        Assert.Equal(["config.json", "model.safetensors"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void The_learning_rate_rises_then_falls_to_its_last_share()
    {
        var settings = new TrainingSettings { Steps = 100, WarmupShare = 0.1, LearningRate = 1, FinalShare = 0.05 };

        Assert.Equal(0.1, settings.LearningRateAt(0), 1e-12);
        Assert.Equal(1, settings.LearningRateAt(9), 1e-12);
        Assert.Equal(1, settings.LearningRateAt(10), 1e-12);
        Assert.Equal(0.05, settings.LearningRateAt(99), 1e-12);
    }

    [Theory]
    [InlineData("no sequences")]
    [InlineData("Sequence 1", 7)]
    [InlineData("vocabulary of 48", 7, 48)]
    public void Sequences_that_cannot_be_trained_on_are_refused(string because, params int[] second)
    {
        IReadOnlyList<int[]> sequences = second.Length == 0 ? [] : [[1, 7, 2], second];

        var refusal = Assert.Throws<UsageException>(() =>
            SupervisedTrainer.Train(Config, sequences, new TrainingSettings { Steps = 1 }, _folder, null, TestContext.Current.CancellationToken));
        Assert.Contains(because, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private Digest Train(string name, TrainingSettings settings)
    {
        var folder = Path.Combine(_folder, name);
        SupervisedTrainer.Train(Config, Sequences(20), settings, folder, null, TestContext.Current.CancellationToken);
        return Digest.Of(File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
    }

    /// <summary>After the beginning each token is one of two that the token before decides.</summary>
    private static List<int[]> Sequences(int count)
    {
        var sequences = new List<int[]>();
        for (var i = 0; i < count; i++)
        {
            var units = new short[20 + i % 12];
            PerturbationNoise.Fill(new NoiseKey(1, 1), (uint)i, 0, units);
            var sequence = new int[units.Length];
            sequence[0] = 1;
            for (var t = 1; t < sequence.Length; t++)
                sequence[t] = (sequence[t - 1] * 5 + (units[t] > 0 ? 11 : 3)) % 48;
            sequences.Add(sequence);
        }

        return sequences;
    }
}
