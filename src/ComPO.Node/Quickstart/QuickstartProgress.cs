using Spectre.Console;

namespace ComPO.Node.Quickstart;

/// <summary>The progress bars of a quickstart, on standard error; without a terminal, now and then a line.</summary>
internal sealed class QuickstartProgress
{
    private readonly ProgressContext _bars;

    private QuickstartProgress(ProgressContext bars) => _bars = bars;

    /// <summary>Shows progress while some work goes on.</summary>
    public static Task<T> RunAsync<T>(TextWriter error, Func<QuickstartProgress, Task<T>> work) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) })
            .Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(bars => work(new QuickstartProgress(bars)));

    /// <summary>Begins a stage of a known length.</summary>
    /// <returns>What is told how far the stage is, and optionally a word about it.</returns>
    public Action<double, string?> Begin(string stage, double length)
    {
        var bar = _bars.AddTask(Markup.Escape(stage), maxValue: length);
        return (done, remark) =>
        {
            bar.Value = done;
            if (remark is not null)
                bar.Description = Markup.Escape($"{stage}: {remark}");
        };
    }
}
