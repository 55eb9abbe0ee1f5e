using System.Globalization;

namespace ComPO.Core.Wording;

/// <summary>Numbers as people read them, alike in the console and on the dashboard.</summary>
public static class Units
{
    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>A length of time in its two largest units: <c>4.2 s</c>, <c>3 min 12 s</c>, <c>2 h 05 min</c>, <c>1 d 04 h</c>.</summary>
    public static string Duration(double seconds)
    {
        if (seconds < 59.95)
            return Invariant($"{Math.Max(0, seconds):0.0} s");
        var whole = (long)Math.Round(seconds);
        return whole switch
        {
            < 3600 => Invariant($"{whole / 60} min {whole % 60:00} s"),
            < 86_400 => Invariant($"{whole / 3600} h {whole % 3600 / 60:00} min"),
            _ => Invariant($"{whole / 86_400} d {whole % 86_400 / 3600:00} h"),
        };
    }

    /// <summary>A size in decimal units: <c>2.1 GB</c>.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        var unit = 0;
        for (; value >= 999.5 && unit < ByteUnits.Length - 1; unit++)
            value /= 1000;
        return unit == 0 ? Invariant($"{bytes} B") : Invariant($"{value:0.#} {ByteUnits[unit]}");
    }

    /// <summary>A share: <c>27.3 %</c>.</summary>
    public static string Percent(double share) => Invariant($"{share * 100:0.0} %");

    /// <summary>A log-probability: <c>-123.4560</c>; a dash when there is none.</summary>
    public static string LogProbability(double? value) => value is { } number ? Invariant($"{number:0.0000}") : "–";

    /// <summary>A whole number in groups of three: <c>1,800</c>.</summary>
    public static string Count(long count) => Invariant($"{count:#,0}");

    /// <summary>A count with its noun: <c>1 row</c>, <c>3 rows</c>.</summary>
    public static string Count(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
