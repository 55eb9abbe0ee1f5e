using System.Reflection;

namespace ComPO.Protocol;

/// <summary>The version of this program, node or console.</summary>
public static class ProgramVersion
{
    /// <summary>The version as text.</summary>
    public static string Own { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
