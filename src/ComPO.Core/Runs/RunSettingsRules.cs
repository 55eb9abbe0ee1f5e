using System.Globalization;
using ComPO.Core.Aggregation;
using ComPO.Core.Errors;

namespace ComPO.Core.Runs;

/// <summary>The range of every option of <c>start</c>.</summary>
internal static class RunSettingsRules
{
    public static void Check(RunSettings s)
    {
        RequireText("--model", s.Model);
        RequireText("--data", s.Data);
        Require(s.Iterations >= 1, "--iterations", s.Iterations, "a number of at least 1");
        Require(s.Perturbations is >= 1 and <= OutcomeTally.MostPerturbations, "--perturbations", s.Perturbations,
            $"a number from 1 to {OutcomeTally.MostPerturbations}, up to which sums of perturbations are exact");
        Require(double.IsFinite(s.Radius) && s.Radius > 0, "--radius", s.Radius, "a positive number");
        RequireNamed("--radius-unit", s.RadiusUnit);
        RequireNamed("--space", s.Space);
        RequireNamed("--estimator", s.Estimator);
        CheckSparsifier(s);
        Require(s.Gate is >= 0 and < 1, "--gate", s.Gate, "a share of at least 0 and below 1");
        Require(double.IsFinite(s.StepSize) && s.StepSize > 0, "--step-size", s.StepSize, "a positive number");
        Require(double.IsFinite(s.NoiseThreshold) && s.NoiseThreshold > 0, "--noise-threshold", s.NoiseThreshold, "a positive number of nats");
        RequireNamed("--pair-rule", s.PairRule);
        RequireText("--reference-model", s.ReferenceModel ?? "-");
        Require(s.Offset >= 0, "--offset", s.Offset, "a row of at least 0");
        RequireText("--chat-template", s.ChatTemplate ?? "-");
        Require(s.MaxPromptLength >= 1, "--max-prompt-length", s.MaxPromptLength, "a number of tokens of at least 1");
        Require(s.MaxCompletionLength >= 1, "--max-completion-length", s.MaxCompletionLength, "a number of tokens of at least 1");
        Require(s.MaxLength is null or >= 2, "--max-length", s.MaxLength, "a number of tokens of at least 2");
        RequireText("--eval-data", s.EvalData ?? "-");
        Require(s.EvalEvery is null or >= 1, "--eval-every", s.EvalEvery, "a number of iterations of at least 1");
        if (s.EvalEvery is not null && s.EvalData is null)
            throw new UsageException("--eval-every needs --eval-data: there is nothing to evaluate on.");
        foreach (var checkpoint in s.Checkpoints)
            Require(checkpoint >= 1 && checkpoint <= s.Iterations, "--checkpoints", checkpoint, $"counts of iterations from 1 to {s.Iterations}");
        Require(s.CheckpointEvery is null or >= 1, "--checkpoint-every", s.CheckpointEvery, "a number of iterations of at least 1");
        if (s.CheckpointEvery is not null && s.Checkpoints.Count > 0)
            throw new UsageException("--checkpoints and --checkpoint-every exclude each other; give one of them.");
        RequireNamed("--head-dtype", s.HeadDtype);
        RequireText("--output", s.Output ?? "-");
    }

    private static void CheckSparsifier(RunSettings s)
    {
        if (s.Density is null == s.Threshold is null)
            throw new UsageException("--density and --threshold exclude each other, and one is needed; give one of them.");
        Require(s.Density is null or (> 0 and <= 1), "--density", s.Density, "a share above 0 and at most 1");
        Require(s.Threshold is null or (>= 0 and <= 1), "--threshold", s.Threshold, "a magnitude from 0 to 1, of entries of a vector of length 1");
    }

    private static void RequireText(string option, string text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Contains('\0'))
            throw new UsageException($"{option} is empty: expected a path.");
    }

    private static void RequireNamed<T>(string option, T value) where T : struct, Enum =>
        Require(Enum.IsDefined(value), option, value, $"one of {string.Join(", ", Enum.GetNames<T>())}");

    private static void Require(bool holds, string option, object? found, string expected)
    {
        if (!holds)
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{option} {found} is out of range: expected {expected}."));
    }
}
