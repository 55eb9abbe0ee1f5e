using ComPO.Core.Digests;

namespace ComPO.Core.Runs;

/// <summary>What the files in a run's folder are called.</summary>
public static class RunFiles
{
    /// <summary>The log: a <see cref="RunHeader"/>, then an <see cref="IterationRecord"/> a line.</summary>
    public const string Log = "run.jsonl";

    /// <summary>An <see cref="Evaluation"/> a line; absent without held-out pairs.</summary>
    public const string Evaluations = "evaluations.jsonl";

    /// <summary>The rows of the data that were left out, a <see cref="SkippedRowLine"/> a line, the first ones of each reason; absent without any.</summary>
    public const string Skipped = "skipped.jsonl";

    /// <summary>The <see cref="RunResult"/>; absent until the run has ended.</summary>
    public const string Result = "result.json";

    /// <summary>The folder of the features of the pairs that were trained on.</summary>
    public const string Features = "features";

    /// <summary>The folder of the trained model.</summary>
    public const string Model = "model";

    /// <summary>The folder of the models written on the way, each in a folder that is called after the number of its iterations.</summary>
    public const string Checkpoints = "checkpoints";

    /// <summary>The file of a pair's features, in <see cref="Features"/>.</summary>
    public static string FeaturesOf(Digest digest) => $"{digest}.safetensors";
}
