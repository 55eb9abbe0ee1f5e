using ComPO.Core.Runs;
using ComPO.Reports.Reading;

namespace ComPO.Reports.Figures;

/// <summary>How large updates were.</summary>
internal static class UpdateFigures
{
    /// <summary>How many entries were kept.</summary>
    public static Figure? Nonzero(LoggedRun run) => Of(run, "nonzero", "Entries kept", "entries", i => i.Nonzero,
        "How many entries of the direction were kept.");

    /// <summary>The smallest magnitude that was kept.</summary>
    public static Figure? Threshold(LoggedRun run) => Of(run, "threshold", "Threshold of entries", "magnitude in the unit direction", i => i.Threshold,
        "The smallest magnitude of the unit direction's entries that was kept.");

    /// <summary>The norm of the signed sum.</summary>
    public static Figure? Norm(LoggedRun run) => Of(run, "norm", "Norm of the signed sum", "‖u‖ in standard deviations", i => i.Norm,
        "The length of the sum of signed perturbations, in standard deviations of the noise. Without any signal it would be near √(m·V·k).");

    private static Figure? Of(LoggedRun run, string name, string title, string unit, Func<IterationRecord, double?> value, string caption)
    {
        var known = run.Iterations.Where(i => value(i) is not null).ToArray();
        if (known.Length == 0)
            return null;
        var plot = Drawing.OverIterations(title, unit);
        plot.Points([.. known.Select(i => (double)i.Iteration)], [.. known.Select(i => value(i)!.Value)], Palette.Blue);
        return new Figure(name, caption, plot.Until(known[^1].Iteration)) { Size = (720, 300) };
    }
}
