namespace ComPO.Torch.Training;

/// <summary>How a model is trained from scratch on token sequences.</summary>
public sealed record TrainingSettings
{
    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; } = 600;

    /// <summary>Sequences in one step.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>AdamW's learning rate at its highest, after the warm-up.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Share of the steps over which the learning rate rises from zero, linearly.</summary>
    public double WarmupShare { get; init; } = 0.05;

    /// <summary>Share of the highest learning rate that is left at the last step, after a cosine decay.</summary>
    public double FinalShare { get; init; } = 0.05;

    /// <summary>AdamW's decay of matrices and embeddings; norms do not decay.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Largest norm of all gradients together; larger ones are scaled down to it.</summary>
    public double LargestGradientNorm { get; init; } = 1;

    /// <summary>Seed of the initial weights and of the order of the sequences.</summary>
    public uint Seed { get; init; } = 1;

    /// <summary>Threads to compute on; more than two are of no use. They do not change the result.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>The learning rate of a 0-based step: linear warm-up, then half a cosine.</summary>
    public double LearningRateAt(int step)
    {
        var warmup = Math.Max(1, (int)Math.Round(WarmupShare * Steps));
        if (step < warmup)
            return LearningRate * (step + 1) / warmup;
        var progress = (double)(step - warmup) / Math.Max(1, Steps - 1 - warmup);
        return LearningRate * (FinalShare + (1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }
}

/// <summary>One finished optimizer step.</summary>
/// <param name="Step">1-based.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean cross-entropy of the batch's tokens before the step, in nats.</param>
/// <param name="Tokens">Tokens predicted so far, padding not counted.</param>
public readonly record struct OptimizerStep(int Step, int Steps, double Loss, long Tokens);
