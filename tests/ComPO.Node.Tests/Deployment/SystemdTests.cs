using System.Text.RegularExpressions;
using ComPO.Core.Errors;
using ComPO.Dashboard;
using ComPO.Protocol.Security;

namespace ComPO.Node.Tests.Deployment;

/// <summary>The systemd units start what is published, with what a node understands.</summary>
public sealed class SystemdTests
{
    [Theory]
    [InlineData("seed")]
    [InlineData("trainer")]
    public void A_unit_starts_a_node_that_ends_in_good_order(string role)
    {
        var unit = File.ReadAllLines(DeployFolder.Of("systemd", $"compo-{role}.service"));
        var command = Value(unit, "ExecStart").Split(' ');
        var arguments = new NodeArguments(command[2..]);

        Assert.Equal(["/usr/bin/dotnet", "/opt/compo/ComPO.Node/ComPO.Node.dll"], command[..2]);
        Assert.Contains("'ComPO.Node'", File.ReadAllText(Path.Combine(Repository.Root, "build.ps1")), StringComparison.Ordinal);
        Assert.Equal([role], arguments.Roles);
        Assert.Equal($"/etc/compo/{role}.conf", arguments.Config.ToString());
        Assert.True(File.Exists(Path.Combine(Repository.Root, "hocon", $"{role}.conf")));
        Assert.StartsWith(Value(unit, "ReadWritePaths") + "/", arguments["--state"], StringComparison.Ordinal);
        Assert.Equal($"{(int)ExitCode.Usage} {(int)ExitCode.BadInput}", Value(unit, "RestartPreventExitStatus"));
        Assert.Equal(("SIGTERM", "60s", "on-failure"), (Value(unit, "KillSignal"), Value(unit, "TimeoutStopSec"), Value(unit, "Restart")));
        Assert.NotEqual("root", Value(unit, "User"));
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("trainer")]
    public void A_unit_names_what_the_environment_may_hold(string role)
    {
        var unit = File.ReadAllLines(DeployFolder.Of("systemd", $"compo-{role}.service"));
        var named = Regex.Matches(unit[Array.FindIndex(unit, line => line.StartsWith("EnvironmentFile=", StringComparison.Ordinal)) - 1], "[A-Z_]{5,}").Select(match => match.Value);

        string[] ofAll = [TlsFiles.PasswordVariable, "OTEL_EXPORTER_OTLP_ENDPOINT"];
        Assert.Equal((role == "seed" ? ofAll.Concat(["PGPASSWORD", DashboardSettings.TokenVariable]) : ofAll).Order(), named.Order());
    }

    private static string Value(string[] unit, string key) => unit.Single(line => line.StartsWith(key + "=", StringComparison.Ordinal))[(key.Length + 1)..];
}
