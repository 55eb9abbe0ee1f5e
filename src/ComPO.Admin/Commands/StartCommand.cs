using System.CommandLine;
using ComPO.Admin.Connections;
using ComPO.Admin.Following;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary>
/// <c>start</c>: has the cluster align a model. It returns once the first pair is found and the run is under way, so that a model
/// or data that cannot be used is this command's failure; with <c>--wait</c> once the run has ended.
/// </summary>
internal static class StartCommand
{
    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Say what would run: settings, pairs found, memory, disk, estimated time.",
    };

    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Show the run until it ends; the exit code then says how it ended.",
    };

    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new(
        "start", "Start a run: align a model on the noisy pairs of a preference data set.", [.. StartOptions.All, DryRun, Wait], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var settings = StartOptions.ReadSettings(context.Parsed);
        var runId = StartOptions.ReadRunId(context.Parsed, TimeProvider.System);
        var waits = context.Parsed.GetValue(Wait);
        if (waits && context.Parsed.GetValue(DryRun))
            throw new UsageException("--wait and --dry-run exclude each other: a dry run starts nothing to wait for.");

        var cluster = await context.ConnectAsync(cancellation);
        return context.Parsed.GetValue(DryRun)
            ? await PlanAsync(context, cluster, settings, cancellation)
            : await StartAsync(context, cluster, runId, settings, waits, cancellation);
    }

    private static async Task<ExitCode> PlanAsync(CommandContext context, ClusterConnection cluster, RunSettings settings, CancellationToken cancellation)
    {
        var plan = await cluster.AskAsync<TrainingPlan>(new PlanTraining(settings.ToJson()), cancellation);
        if (context.Json)
            await context.Terminal.Output.WriteLineAsync(JsonOutput.Line(plan, ("settings", settings.ToJson())));
        else
            PlanSheet.Of(plan, settings).Print(context.Terminal);
        NoteAnotherHead(context, plan);
        return ExitCode.Done;
    }

    // What a preset says of single entries, the threshold for one, holds for heads of one size.
    private static void NoteAnotherHead(CommandContext context, TrainingPlan plan)
    {
        var head = new HeadShape(plan.VocabularySize, plan.HiddenSize);
        if (StartOptions.ReadPreset(context.Parsed) is { Model.Head: var expected } preset && expected != head)
            context.Terminal.Note($"The preset {preset.Path} was made for a head of {expected}, and this model's is {head}: its values may not suit it.");
    }

    private static async Task<ExitCode> StartAsync(
        CommandContext context, ClusterConnection cluster, RunId runId, RunSettings settings, bool waits, CancellationToken cancellation)
    {
        var started = await cluster.AskAsync<TrainingStarted>(new StartTraining(runId.Value, settings.ToJson()), cancellation);
        if (!context.Json)
        {
            await context.Terminal.Output.WriteLineAsync(started.AlreadyKnown
                ? $"Run {started.RunId} had been started before; its folder is {started.Output}."
                : $"Run {started.RunId} was started; its folder is {started.Output}.");
        }

        var follower = new RunFollower(context.Patiently(cluster));
        Task<TrainingStatus> Follow(IRunView view) => waits
            ? follower.ToEndAsync(started.RunId, view, cancellation)
            : follower.ToBeginningAsync(started.RunId, view, cancellation);
        if (context.Json)
        {
            var status = await Follow(new QuietRunView());
            await context.Terminal.Output.WriteLineAsync(
                JsonOutput.Line(new { run = started.RunId, alreadyKnown = started.AlreadyKnown, output = started.Output, status }));
            return RunEnding.Report(status, context);
        }
        return RunEnding.Report(await (waits ? RunViews.ShowAsync(context.Terminal, Follow) : Follow(new QuietRunView())), context);
    }
}
