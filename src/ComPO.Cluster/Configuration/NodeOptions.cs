using Akka.Actor;
using ComPO.Protocol;

namespace ComPO.Cluster.Configuration;

/// <summary>What one node of a cluster is: the options of <c>--role</c>.</summary>
public sealed record NodeOptions
{
    /// <summary>The role of nodes that coordinate and that consoles contact.</summary>
    public const string SeedRole = "seed";

    /// <summary>The role of nodes that compute.</summary>
    public const string TrainerRole = "trainer";

    /// <summary>One or both of <see cref="SeedRole"/> and <see cref="TrainerRole"/>.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>The name or address by which other nodes reach this one.</summary>
    public string Hostname { get; init; } = "127.0.0.1";

    /// <summary>The TCP port to listen on; 0 takes any free one.</summary>
    public int Port { get; init; } = AdminAddress.DefaultPort;

    /// <summary>The nodes to join by; a seed without any forms a cluster of its own.</summary>
    public IReadOnlyList<Address> SeedNodes { get; init; } = [];

    /// <summary>What a trainer computes on, as given: auto, cpu, cuda or cuda:0,1.</summary>
    public string Devices { get; init; } = "auto";

    /// <summary>How many processor threads a trainer computes with; null for one a processor.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether a trainer loads the layers below the head: auto, yes or no.</summary>
    public string Body { get; init; } = "auto";

    /// <summary>
    /// Where the node keeps what outlives its process: a seed its journal, a trainer features and updates. Null for nowhere: a node that is started
    /// again then begins anew.
    /// </summary>
    public string? StateFolder { get; init; }

    /// <summary>Whether this node can hold the supervisor.</summary>
    public bool IsSeed => Roles.Contains(SeedRole);

    /// <summary>Whether this node may form a cluster when it finds none: the first of the seeds does.</summary>
    public bool IsFirstSeed => SeedNodes.Count > 0 && SeedNodes[0].Host == Hostname && SeedNodes[0].Port == Port;

    /// <summary>Whether this node computes.</summary>
    public bool IsTrainer => Roles.Contains(TrainerRole);
}
