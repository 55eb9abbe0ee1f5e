using System.CommandLine;
using System.Globalization;
using ComPO.Core.Runs;
using ComPO.Protocol.Presets;

namespace ComPO.Admin.Commands;

/// <summary>The options of <c>start</c> that describe the run: one for each run setting, with that setting's default.</summary>
internal static class StartOptions
{
    private static readonly RunSettings Defaults = new() { Model = "-", Data = "-" };

    private static readonly Option<string> Model = OptionKinds.RequiredText(
        "--model", "DIR", "The Hugging Face folder of the model to align, on the nodes.");

    private static readonly Option<string> Data = OptionKinds.RequiredText(
        "--data", "FILE", "The preference pairs, on the nodes: JSON or JSON lines, plain or gzip, or Parquet.");

    private static readonly Option<string?> Run = OptionKinds.Text(
        "--run", "ID", "The run's name; starting it again under this name is harmless. [default: run- and the time to the millisecond]");

    private static readonly Option<string?> PresetOption = OptionKinds.Text(
        "--preset", "NAME", $"Settings that belong together: {string.Join(", ", PresetFiles.Names)}, or the path of such a file; --set and the options take precedence.");

    private static readonly Option<KeyValuePair<string, string>[]> Set = OptionKinds.Assignments(
        "--set", "KEY=VALUE", "A setting by its name, which is an option's without its dashes; may be given several times. Options take precedence.");

    private static readonly Option<int> Iterations = OptionKinds.Number(
        "--iterations", "N", "How many iterations: one pair and at most one update each.", Defaults.Iterations);

    private static readonly Option<int> Perturbations = OptionKinds.Number(
        "--perturbations", "M", "How many perturbations the oracle compares in an iteration.", Defaults.Perturbations);

    private static readonly Option<double> Radius = OptionKinds.Number(
        "--radius", "R", "How far a perturbation moves the head.", Defaults.Radius);

    private static readonly Option<string> RadiusUnit = OptionKinds.Choice(
        "--radius-unit", "What the radius measures: the standard deviation of an entry, or the length of the whole perturbation.", Defaults.RadiusUnit);

    private static readonly Option<string> Space = OptionKinds.Choice(
        "--space", "Where perturbations are drawn: in the row space of the pair's hidden states, or over the full head.", Defaults.Space);

    private static readonly Option<string> EstimatorOption = OptionKinds.Choice(
        "--estimator", "How the direction is found: from sampled outcomes, or as their exact limit.", Defaults.Estimator);

    private static readonly Option<double?> Density = OptionKinds.OptionalNumber<double>(
        "--density", "F", $"The share of the direction's entries to keep, the largest. [default: {Defaults.Density?.ToString(CultureInfo.InvariantCulture)}]");

    private static readonly Option<double?> Threshold = OptionKinds.OptionalNumber<double>(
        "--threshold", "X", "Instead of --density: the smallest magnitude of an entry of the unit direction to keep.");

    private static readonly Option<double> Gate = OptionKinds.Number(
        "--gate", "P", "An update needs a greater share of improved perturbations than this.", Defaults.Gate);

    private static readonly Option<double> StepSize = OptionKinds.Number(
        "--step-size", "G", "The head moves by this, times the improved share, along the sparse direction.", Defaults.StepSize);

    private static readonly Option<uint> Seed = OptionKinds.Number("--seed", "S", "The seed of all noise.", Defaults.Seed);

    private static readonly Option<double> NoiseThreshold = OptionKinds.Number(
        "--noise-threshold", "D", "A pair is noisy if its log-probabilities differ by at most this.", Defaults.NoiseThreshold);

    private static readonly Option<string> PairRuleOption = OptionKinds.Choice(
        "--pair-rule", "Which pairs are noisy: by the reference model on either side, or by the current model as the authors' code has it.", Defaults.PairRule);

    private static readonly Option<string?> ReferenceModel = OptionKinds.Text(
        "--reference-model", "DIR", "The folder of the reference model. [default: the starting model]");

    private static readonly Option<int> Offset = OptionKinds.Number(
        "--offset", "ROW", "The 0-based row at which to look for the first pair.", Defaults.Offset);

    private static readonly Option<string?> ChatTemplate = OptionKinds.Text(
        "--chat-template", "NAME", "How conversations are written: mistral, llama-3, gemma, chatml, or none for plain text. [default: the model's own]");

    private static readonly Option<int> MaxPromptLength = OptionKinds.Number(
        "--max-prompt-length", "L", "Keep at most this many tokens of a prompt, the last ones.", Defaults.MaxPromptLength);

    private static readonly Option<int> MaxCompletionLength = OptionKinds.Number(
        "--max-completion-length", "L", "Keep at most this many tokens of an answer, the first ones.", Defaults.MaxCompletionLength);

    private static readonly Option<int?> MaxLength = OptionKinds.OptionalNumber<int>(
        "--max-length", "L", "Skip and count pairs longer than this many tokens. [default: the model's context]");

    private static readonly Option<string?> EvalData = OptionKinds.Text(
        "--eval-data", "FILE", "Pairs to evaluate on. [default: none]");

    private static readonly Option<int?> EvalEvery = OptionKinds.OptionalNumber<int>(
        "--eval-every", "N", "Evaluate after every N iterations. [default: at the end]");

    private static readonly Option<int[]> Checkpoints = OptionKinds.Numbers(
        "--checkpoints", "36,40,45", "Write the model also after these numbers of iterations.");

    private static readonly Option<int?> CheckpointEvery = OptionKinds.OptionalNumber<int>(
        "--checkpoint-every", "N", "Instead of --checkpoints: write the model also after every N iterations.");

    private static readonly Option<string> HeadDtype = OptionKinds.Choice(
        "--head-dtype", "The number type of written heads; the base's may lose most of a small update.", Defaults.HeadDtype);

    private static readonly Option<string?> Output = OptionKinds.Text(
        "--output", "DIR", "The run folder, on the supervisor's node. [default: runs/ID there]");

    private static readonly Option<bool> AllowMixedClasses = new("--allow-mixed-classes")
    {
        Description = "Let trainers of different compute classes take part, whose outcomes may differ near a tie.",
    };

    /// <summary>All of them, in the order in which help lists them.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [
        Model, Data, Run, PresetOption, Set, Iterations, Perturbations, Radius, RadiusUnit, Space, EstimatorOption, Density, Threshold, Gate, StepSize, Seed,
        NoiseThreshold, PairRuleOption, ReferenceModel, Offset, ChatTemplate, MaxPromptLength, MaxCompletionLength, MaxLength, EvalData, EvalEvery, Checkpoints, CheckpointEvery, HeadDtype, AllowMixedClasses, Output,
    ];

    /// <summary>The run's name: given, or made of the time.</summary>
    /// <exception cref="Core.Errors.UsageException">It cannot be a run's name.</exception>
    public static RunId ReadRunId(ParseResult parsed, TimeProvider clock) =>
        new(parsed.GetValue(Run) ?? clock.GetUtcNow().ToString("'run-'yyyyMMdd'-'HHmmss'-'fff", CultureInfo.InvariantCulture));

    /// <summary>The preset that was asked for; null for none.</summary>
    /// <exception cref="Core.Errors.UsageException">There is none of that name, or it cannot be used.</exception>
    public static Preset? ReadPreset(ParseResult parsed) => parsed.GetValue(PresetOption) is { } name ? PresetFiles.Read(name) : null;

    /// <summary>The run's settings: defaults, the preset, <c>--set</c> and the options, the later before the earlier; valid as far as can be told without model and data.</summary>
    /// <exception cref="Core.Errors.UsageException">An option is outside its range; it is named.</exception>
    public static RunSettings ReadSettings(ParseResult parsed)
    {
        var settings = new RunSettings { Model = Absolute(parsed.GetRequiredValue(Model)), Data = Absolute(parsed.GetRequiredValue(Data)) };
        if (ReadPreset(parsed) is { } preset)
            settings = preset.ApplyTo(settings);
        settings = settings.With(parsed.GetValue(Set) ?? [], "Option --set").With(Explicit(parsed), "The command line");
        settings = settings with
        {
            ReferenceModel = AbsoluteOrNull(settings.ReferenceModel), EvalData = AbsoluteOrNull(settings.EvalData), Output = AbsoluteOrNull(settings.Output),
        };
        settings.Validate();
        return settings;
    }

    // What was typed, as text; each option bears the name of its setting.
    private static IEnumerable<KeyValuePair<string, string>> Explicit(ParseResult parsed) =>
        from option in All
        let name = option.Name[2..]
        where SettingValues.Names.Contains(name) && parsed.GetResult(option) is { Implicit: false }
        select KeyValuePair.Create(name, parsed.GetResult(option)!.Tokens is [var token, ..] ? token.Value : "true");

    // Nodes have working folders of their own. What is no path at all is left to the settings' rules.
    private static string Absolute(string path) => string.IsNullOrWhiteSpace(path) || path.Contains('\0') ? path : Path.GetFullPath(path);

    private static string? AbsoluteOrNull(string? path) => path is null ? null : Absolute(path);
}
