using System.CommandLine;
using ComPO.Admin.Connections;
using ComPO.Admin.Terminals;

namespace ComPO.Admin.Commands;

/// <summary>What a command works with: its options, the terminal, and the way to the cluster.</summary>
internal sealed record CommandContext(ParseResult Parsed, Terminal Terminal, ConnectionCache Connections)
{
    /// <summary>Whether results are wanted as JSON.</summary>
    public bool Json => Parsed.GetValue(SharedOptions.Json);

    /// <summary>The cluster that <c>--contact</c> names.</summary>
    public Task<ClusterConnection> ConnectAsync(CancellationToken cancellation) =>
        Connections.ToAsync(Parsed.GetRequiredValue(SharedOptions.Contact), SharedOptions.ReadTls(Parsed), cancellation);

    /// <summary>The same, for what takes long enough to outlast a supervisor, and the node that was contacted.</summary>
    public PatientCluster Patiently(ClusterConnection cluster) => new(cluster, Connections.Patience, atAnySeed: true);

    /// <summary>The same, for what is about the contacted node itself, which may be started again meanwhile.</summary>
    public PatientCluster PatientlyAtContact(ClusterConnection cluster) => new(cluster, Connections.Patience, atAnySeed: false);
}
