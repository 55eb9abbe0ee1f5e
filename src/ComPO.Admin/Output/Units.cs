using System.Globalization;

namespace ComPO.Admin.Output;

/// <summary>Numbers as people read them.</summary>
internal static class Units
{
    private static readonly string[] ByteUnits = ["B", "KB", "MB", "GB", "TB"];

    /// <summary>A length of time: <c>4.2 s</c>, <c>3 min 12 s</c>, <c>2 h 05 min</c>.</summary>
    public static string Duration(double seconds)
    {
        if (seconds < 59.95)
            return Invariant($"{seconds:0.0} s");
        var whole = (long)Math.Round(seconds);
        return whole < 3600
            ? Invariant($"{whole / 60} min {whole % 60:00} s")
            : Invariant($"{whole / 3600} h {whole % 3600 / 60:00} min");
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

    /// <summary>A log-probability: <c>-123.456</c>; a dash when there is none.</summary>
    public static string LogProbability(double? value) => value is { } number ? Invariant($"{number:0.0000}") : "–";

    /// <summary>A count with its noun: <c>1 row</c>, <c>3 rows</c>.</summary>
    public static string Count(long count, string noun) => Invariant($"{count:#,0} {noun}{(count == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
