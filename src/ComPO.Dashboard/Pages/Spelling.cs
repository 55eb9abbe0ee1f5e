using System.Globalization;
using ComPO.Core.Runs;
using ComPO.Core.Updates;
using ComPO.Core.Wording;
using ComPO.Dashboard.Runs;
using ComPO.Protocol;

namespace ComPO.Dashboard.Pages;

/// <summary>How the page writes what only it shows; what the console shows too is written by <see cref="Units"/>.</summary>
internal static class Spelling
{
    /// <summary>A number with so many places, with a true minus sign.</summary>
    public static string Number(double number, int places) => number.ToString($"F{places}", CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary>A rate, with fewer places the greater it is.</summary>
    public static string Rate(double rate) => rate.ToString(rate switch { >= 100 => "N0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);

    /// <summary>A time of day, UTC.</summary>
    public static string Clock(long unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A node by what tells it from others: host and port.</summary>
    public static string Node(string address) => address[(address.LastIndexOf('@') + 1)..];

    /// <summary>Why an iteration ended as it did.</summary>
    public static string Why(IterationSummary iteration, double? gate)
    {
        switch (iteration.Verdict)
        {
            case IterationVerdict.GateRefused:
                var share = iteration.ImprovedShare ?? iteration.Predicted;
                return gate is { } least ? $"{Units.Percent(share)} improved, more than {Units.Percent(least)} needed" : $"only {Units.Percent(share)} improved";
            case IterationVerdict.Accepted:
                return $"chosen {Change(iteration.After.Chosen - iteration.Before.Chosen)}, rejected {Change(iteration.After.Rejected - iteration.Before.Rejected)}";
            default:
                var (start, check) = (iteration.LineSearch[0], iteration.LineSearch.First(point => point.Step.Equals(LineSearch.AcceptanceStep)));
                return $"at step {Step(check.Step)} chosen {Change(check.Chosen - start.Chosen)}, rejected {Change(check.Rejected - start.Rejected)}";
        }
    }

    /// <summary>What a run is doing.</summary>
    public static string Phase(TrainingStatus status) =>
        status is { Paused: not null, HasEnded: false, Phase: not RunPhase.Paused } ? "Pausing" : status.Phase.ToString();

    private static string Step(double step) => step.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Change(double change) => (change < 0 ? "−" : "+") + Math.Abs(change).ToString("0.000", CultureInfo.InvariantCulture);
}
