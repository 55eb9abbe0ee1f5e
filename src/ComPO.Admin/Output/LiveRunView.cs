using ComPO.Admin.Following;
using ComPO.Core.Runs;
using ComPO.Core.Wording;
using ComPO.Protocol;
using Spectre.Console;

namespace ComPO.Admin.Output;

/// <summary>For people at a terminal: a line an iteration, and below them a bar for the run and one for the iteration under way.</summary>
internal sealed class LiveRunView : IRunView
{
    private readonly IAnsiConsole _canvas;
    private readonly ProgressTask _run;
    private readonly ProgressTask _iteration;
    private string? _paused;

    private LiveRunView(IAnsiConsole canvas, ProgressContext bars)
    {
        _canvas = canvas;
        _run = bars.AddTask("run");
        _iteration = bars.AddTask("iteration");
    }

    /// <summary>Shows a run while it is followed; the bars go when it ends.</summary>
    public static Task<TrainingStatus> ShowAsync(IAnsiConsole canvas, Func<IRunView, Task<TrainingStatus>> follow) => canvas
        .Progress()
        .AutoClear(true)
        .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
        .StartAsync(bars => follow(new LiveRunView(canvas, bars)));

    /// <inheritdoc/>
    public void Add(string line, IterationRecord record)
    {
        var colour = record.Verdict switch { IterationVerdict.Accepted => "green", IterationVerdict.GateRefused => "grey", _ => "yellow" };
        WriteAboveBars($"[{colour}]{Markup.Escape(IterationPhrases.Of(record))}[/]");
    }

    /// <inheritdoc/>
    public void Update(TrainingStatus status)
    {
        if (status.Paused != _paused)
        {
            _paused = status.Paused;
            WriteAboveBars($"[yellow]{Markup.Escape(RunPhrases.Pause(status))}[/]");
        }
        // A bar of length zero would be full.
        _run.MaxValue = Math.Max(1, status.Iterations);
        _run.Value = status.Committed;
        _run.Description = Markup.Escape(
            $"{status.RunId}: {status.Committed} of {status.Iterations} iterations, {status.Accepted} accepted"
            + (status.RemainingSeconds is { } remaining ? $", about {Units.Duration(remaining)} left" : ""));

        _iteration.MaxValue = Math.Max(1, status.Perturbations);
        _iteration.Value = status.PerturbationsDone;
        _iteration.Description = Markup.Escape(
            RunPhrases.Phase(status.Phase) + (status.Pair is { } pair ? $", row {pair}, {RunPhrases.Improved(status)}" : ""));
    }

    // The end of a line of markup is lost where the line was wrapped; that of a row is not.
    private void WriteAboveBars(string markup) => _canvas.Write(new Rows(new Markup(markup)));
}
