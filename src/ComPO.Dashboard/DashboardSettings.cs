using Akka.Configuration;
using ComPO.Core.Errors;

namespace ComPO.Dashboard;

/// <summary>What <c>compo.dashboard</c> in HOCON, and the environment, say.</summary>
public sealed record DashboardSettings
{
    /// <summary>The environment variable that names the control token, in place of the configuration key.</summary>
    public const string TokenVariable = "COMPO_DASHBOARD_TOKEN";

    /// <summary>The fewest characters of a control token.</summary>
    public const int ShortestToken = 16;

    /// <summary>How often the cluster is asked how it is doing, while anybody looks.</summary>
    public required TimeSpan RefreshInterval { get; init; }

    /// <summary>What whoever wants to pause, resume or stop a run has to know; null when nobody may from here.</summary>
    public required string? ControlToken { get; init; }

    /// <summary>Reads a seed's configuration.</summary>
    /// <param name="config">With every key of <c>compo.dashboard</c>.</param>
    /// <param name="environment">The token of the environment, which takes precedence.</param>
    /// <returns>Null when the seed has no dashboard.</returns>
    /// <exception cref="UsageException">The token is too short to be one.</exception>
    public static DashboardSettings? Read(Config config, string? environment)
    {
        if (!config.GetBoolean("compo.dashboard.enabled"))
            return null;
        var (token, origin) = string.IsNullOrEmpty(environment)
            ? (config.GetString("compo.dashboard.control-token"), "configuration key compo.dashboard.control-token")
            : (environment, $"environment variable {TokenVariable}");
        if (token.Length is > 0 and < ShortestToken)
            throw new UsageException($"The {origin} has {token.Length} characters; expected at least {ShortestToken}, or none to allow no changes from the dashboard.");
        return new DashboardSettings
        {
            RefreshInterval = config.GetTimeSpan("compo.dashboard.refresh-interval"),
            ControlToken = token.Length == 0 ? null : token,
        };
    }
}
