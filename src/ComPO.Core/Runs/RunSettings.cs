using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Pairs;
using ComPO.Core.Selection;

namespace ComPO.Core.Runs;

/// <summary>
/// All that determines a run, given the model and the data: one property for each option of
/// <c>start</c>, with its default. Together with the outcomes they rebuild the trained head.
/// </summary>
public sealed record RunSettings
{
    /// <summary>The Hugging Face folder of the model to align, on the trainers' nodes.</summary>
    public required string Model { get; init; }

    /// <summary>The file of preference pairs, on the trainers' nodes.</summary>
    public required string Data { get; init; }

    /// <summary>How many iterations: one pair and at most one update each.</summary>
    public int Iterations { get; init; } = 100;

    /// <summary>m: how many perturbations the oracle is asked about in an iteration.</summary>
    public int Perturbations { get; init; } = 1800;

    /// <summary>r, in <see cref="RadiusUnit"/>.</summary>
    public double Radius { get; init; } = 5e-4;

    /// <summary>What the radius is measured in.</summary>
    public RadiusUnit RadiusUnit { get; init; } = RadiusUnit.Entry;

    /// <summary>Where perturbations are drawn.</summary>
    public PerturbationSpaceKind Space { get; init; } = PerturbationSpaceKind.Row;

    /// <summary>How the direction of an update is found.</summary>
    public Estimator Estimator { get; init; } = Estimator.Sampled;

    /// <summary>The share of g's entries to keep, the largest; null when <see cref="Threshold"/> is given.</summary>
    public double? Density { get; init; } = 0.0118;

    /// <summary>λ_g: the smallest magnitude of g's entries to keep; null when <see cref="Density"/> is given.</summary>
    public double? Threshold { get; init; }

    /// <summary>λ: an update needs a greater share of improved perturbations than this.</summary>
    public double Gate { get; init; } = 0.2;

    /// <summary>γ: the head moves by γ·p·g.</summary>
    public double StepSize { get; init; } = 0.035;

    /// <summary>The seed of all noise.</summary>
    public uint Seed { get; init; } = 1;

    /// <summary>δ: the largest difference of log-probabilities, in nats, of a noisy pair.</summary>
    public double NoiseThreshold { get; init; } = NoisyPairRule.PaperThreshold;

    /// <summary>Which pairs are noisy.</summary>
    public PairRule PairRule { get; init; } = PairRule.Reference;

    /// <summary>The folder of the reference model; null for the starting model.</summary>
    public string? ReferenceModel { get; init; }

    /// <summary>The 0-based row of the data file at which the first pair is looked for.</summary>
    public int Offset { get; init; }

    /// <summary>The chat template to render conversations with; null for the model's own, <c>none</c> for plain text.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>How many tokens of a prompt are kept, the last ones.</summary>
    public int MaxPromptLength { get; init; } = PairOptions.Default.MaxPromptLength;

    /// <summary>How many tokens of an answer are kept, the first ones.</summary>
    public int MaxCompletionLength { get; init; } = PairOptions.Default.MaxCompletionLength;

    /// <summary>The longest prompt and answer together, in tokens, after they were cut; null for the model's context. Longer pairs are skipped.</summary>
    public int? MaxLength { get; init; }

    /// <summary>A file of pairs to evaluate the model on; null for none.</summary>
    public string? EvalData { get; init; }

    /// <summary>How many iterations lie between evaluations; null for one at the end only.</summary>
    public int? EvalEvery { get; init; }

    /// <summary>The counts of committed iterations after which the model is written besides the end.</summary>
    public IReadOnlyList<int> Checkpoints { get; init; } = [];

    /// <summary>The number of iterations between models written besides the end; null for none.</summary>
    public int? CheckpointEvery { get; init; }

    /// <summary>The type in which heads are written.</summary>
    public HeadExportType HeadDtype { get; init; } = HeadExportType.Float32;

    /// <summary>Whether trainers of different compute classes may take part, whose outcomes may differ near a tie.</summary>
    public bool AllowMixedClasses { get; init; }

    /// <summary>The run folder, on the supervisor's node; null for <c>runs/&lt;id&gt;</c>.</summary>
    public string? Output { get; init; }

    /// <summary>r in standard deviations of one entry: a point of the unit sphere of V·d dimensions has entries of 1/√(V·d).</summary>
    public double RadiusFor(HeadShape head) => RadiusUnit == RadiusUnit.Sphere ? Radius / Math.Sqrt(head.EntryCount) : Radius;

    /// <summary>How rows of the run's data become pairs.</summary>
    public PairOptions ToPairOptions() => new()
    {
        ChatTemplate = ChatTemplate,
        MaxPromptLength = MaxPromptLength,
        MaxCompletionLength = MaxCompletionLength,
        MaxLength = MaxLength,
    };

    /// <summary>Refuses settings that do not hold together.</summary>
    /// <exception cref="Errors.UsageException">An option is outside its range, named as a user types it.</exception>
    public void Validate() => RunSettingsRules.Check(this);

    /// <summary>The settings in their canonical JSON: equal settings give equal text.</summary>
    public string ToJson() => RunJson.Write(this);

    /// <summary>Reads settings; members that are not given have their defaults.</summary>
    /// <exception cref="Errors.UsageException">It is not JSON, lacks a member that has no default, or has one that does not exist.</exception>
    public static RunSettings FromJson(string json) => RunJson.ReadSettings(json);
}
