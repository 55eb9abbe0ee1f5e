using System.Globalization;
using ComPO.Core.Runs;
using ComPO.Dashboard.Runs;
using ComPO.Protocol;

namespace ComPO.Dashboard.Pages;

/// <summary>How the page writes numbers, times and names.</summary>
internal static class Spelling
{
    /// <summary>A whole number, in groups of three.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A share in per cent.</summary>
    public static string Share(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    /// <summary>A number with so many places, with a true minus sign.</summary>
    public static string Number(double number, int places) => number.ToString($"F{places}", CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary>A rate, with fewer places the greater it is.</summary>
    public static string Rate(double rate) => rate.ToString(rate switch { >= 100 => "N0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);

    /// <summary>A length of time in its two largest units.</summary>
    public static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Max(0, Math.Min(seconds, 1e9)));
        return time switch
        {
            { TotalDays: >= 1 } => $"{time.Days} d {time.Hours} h",
            { TotalHours: >= 1 } => $"{time.Hours} h {time.Minutes} min",
            { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds} s",
            _ => $"{(int)time.TotalSeconds} s",
        };
    }

    /// <summary>Bytes in binary units.</summary>
    public static string Bytes(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var unit = 0;
        for (; bytes >= 1024 && unit < units.Length - 1; unit++)
            bytes /= 1024;
        return bytes.ToString(unit == 0 ? "0" : bytes >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + units[unit];
    }

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
                return gate is { } least ? $"{Share(share)} improved, more than {Share(least)} needed" : $"only {Share(share)} improved";
            case IterationVerdict.Accepted:
                return $"chosen {Change(iteration.After.Chosen - iteration.Before.Chosen)}, rejected {Change(iteration.After.Rejected - iteration.Before.Rejected)}";
            default:
                var (start, check) = (iteration.LineSearch[0], iteration.LineSearch.First(point => point.Step.Equals(Core.Updates.LineSearch.AcceptanceStep)));
                return $"at step 5 chosen {Change(check.Chosen - start.Chosen)}, rejected {Change(check.Rejected - start.Rejected)}";
        }
    }

    /// <summary>What a run is doing.</summary>
    public static string Phase(RunPhase phase) => phase.ToString();

    private static string Change(double change) => (change < 0 ? "−" : "+") + Math.Abs(change).ToString("0.000", CultureInfo.InvariantCulture);
}
