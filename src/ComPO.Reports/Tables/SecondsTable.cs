using ComPO.Reports.Reading;

namespace ComPO.Reports.Tables;

/// <summary>The parts whose time a run measures.</summary>
internal static class SecondsTable
{
    /// <summary>The name of the whole among the parts.</summary>
    public const string Total = "total";

    /// <summary>The names of all parts but the whole, as they come up.</summary>
    public static IReadOnlyList<string> SecondsParts(this LoggedRun run) =>
        [.. run.Iterations.SelectMany(i => i.Seconds.Keys).Where(name => name != Total).Distinct(StringComparer.Ordinal)];
}
