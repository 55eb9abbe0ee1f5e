using Akka.Configuration;
using ComPO.Cluster;
using ComPO.Core.Errors;
using ComPO.Node.Web;

namespace ComPO.Node.Hosting;

/// <summary>What a node's process does beside being a node: what it writes, and what it shows. By itself nothing but warnings.</summary>
internal sealed record HostSettings
{
    /// <summary>Whether to log more than warnings.</summary>
    public bool Verbose { get; init; }

    /// <summary>Where to serve HTTP; null for nowhere.</summary>
    public HttpSettings? Http { get; init; }

    /// <summary>Reads a node's configuration.</summary>
    /// <param name="configuration">HOCON that takes precedence over the defaults.</param>
    /// <param name="isSeed">Whether the node is a seed.</param>
    /// <param name="verbose">Whether to log more than warnings.</param>
    /// <exception cref="UsageException">A value is outside its range.</exception>
    public static HostSettings Read(Config configuration, bool isSeed, bool verbose)
    {
        var config = configuration.WithFallback(ComPOConfiguration.Defaults);
        return new HostSettings { Verbose = verbose, Http = HttpSettings.Read(config, isSeed) };
    }
}
