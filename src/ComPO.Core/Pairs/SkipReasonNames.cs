using System.Text.Json;

namespace ComPO.Core.Pairs;

/// <summary>What logs and consoles call the reasons for which rows are skipped.</summary>
public static class SkipReasonNames
{
    /// <summary>A reason in camelCase.</summary>
    public static string Name(this SkipReason reason) => JsonNamingPolicy.CamelCase.ConvertName(reason.ToString());
}
