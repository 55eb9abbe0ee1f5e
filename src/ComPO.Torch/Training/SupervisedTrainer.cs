using ComPO.Core.Errors;
using ComPO.Torch.Configuration;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ComPO.Torch.Training;

/// <summary>
/// Ordinary first-order training of a Llama-architecture model from scratch: AdamW on the mean
/// cross-entropy of next tokens. It exists to make sample models; ComPO itself needs no gradients.
/// The same sequences and settings give the same weights, however many threads compute them.
/// </summary>
public static class SupervisedTrainer
{
    /// <summary>
    /// Trains and writes a Hugging Face folder: <c>config.json</c> and a float32 <c>model.safetensors</c>.
    /// The caller adds the tokenizer.
    /// </summary>
    /// <param name="config">The model's shape; its context must hold the longest sequence.</param>
    /// <param name="sequences">Token ids, at least two a sequence.</param>
    /// <param name="settings">How to train.</param>
    /// <param name="folder">The folder to write; made if it is not there.</param>
    /// <param name="progress">Called after each step, on the calling thread.</param>
    /// <param name="cancellation">Ends the training with nothing written.</param>
    /// <returns>The mean loss of the last tenth of the steps, in nats per token.</returns>
    /// <exception cref="UsageException">The configuration is of another architecture; there is no sequence, or one that is too short, too long or outside the vocabulary.</exception>
    /// <exception cref="RunFailedException">The loss is no longer a number.</exception>
    /// <exception cref="StorageException">The folder cannot be written.</exception>
    public static double Train(
        ModelConfig config, IReadOnlyList<int[]> sequences, TrainingSettings settings, string folder,
        Action<OptimizerStep>? progress = null, CancellationToken cancellation = default)
    {
        Check(config, sequences);
        using var gradient = new ShardedGradient(config, settings.Seed, settings.Threads);
        var loss = Train(gradient, new TokenBatches(sequences, settings.BatchSize, settings.Seed), settings, progress, cancellation);
        TrainedFolder.Write(folder, config, gradient.Decoder.Parameters);
        return loss;
    }

    private static double Train(
        ShardedGradient gradient, TokenBatches batches, TrainingSettings settings, Action<OptimizerStep>? progress, CancellationToken cancellation)
    {
        var parameters = gradient.Decoder.Parameters.Values.ToArray();
        using var optimizer = Optimizer(parameters, settings);
        var (tokens, lastLosses) = (0L, new List<double>());
        for (var step = 0; step < settings.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = settings.LearningRateAt(step);

            var batch = batches.Next();
            var loss = gradient.Compute(batch);
            if (!double.IsFinite(loss))
                throw new RunFailedException(
                    $"Training diverged: the loss of step {step + 1} of {settings.Steps} is {loss}; lower the learning rate, now {settings.LearningRate}.");
            gradient.OnLane(() =>
            {
                nn.utils.clip_grad_norm_(parameters, settings.LargestGradientNorm);
                optimizer.step();
            });

            tokens += batch.Sum(sequence => sequence.Length - 1);
            if (step >= settings.Steps - Math.Max(1, settings.Steps / 10))
                lastLosses.Add(loss);
            progress?.Invoke(new OptimizerStep(step + 1, settings.Steps, loss, tokens));
        }

        return lastLosses.Average();
    }

    private static AdamW Optimizer(Parameter[] parameters, TrainingSettings settings)
    {
        AdamW.ParamGroup Group(bool decays) => new(
            parameters.Where(parameter => parameter.dim() > 1 == decays),
            new AdamW.Options { beta2 = 0.95, weight_decay = decays ? settings.WeightDecay : 0 });
        return optim.AdamW([Group(true), Group(false)], settings.LearningRate, beta2: 0.95);
    }

    private static void Check(ModelConfig config, IReadOnlyList<int[]> sequences)
    {
        if (config.Family != DecoderFamily.Llama)
            throw new UsageException($"A model of architecture {config.Architecture} is not trained from scratch; expected {DecoderFamily.Llama.Architecture}.");
        if (config.RopeScaling is not (null or Llama3RopeScaling))
            throw new UsageException("A model is trained from scratch with rotary embeddings that are plain or scaled as Llama 3's; expected one of these.");
        if (sequences.Count == 0)
            throw new UsageException("There are no sequences to train on; give at least one.");
        for (var i = 0; i < sequences.Count; i++)
        {
            var sequence = sequences[i];
            if (sequence.Length < 2 || sequence.Length - 1 > config.ContextLength)
                throw new UsageException(
                    $"Sequence {i} to train on has {sequence.Length} tokens; expected 2 to {config.ContextLength + 1}, the model's context and one more.");
            if (sequence.AsSpan().ContainsAnyExceptInRange(0, config.VocabularySize - 1))
                throw new UsageException(
                    $"Sequence {i} to train on has a token id outside the model's vocabulary of {config.VocabularySize}; use the tokenizer that the model was sized for.");
        }
    }
}
