using Akka.Cluster;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Akka.Remote;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;

namespace ComPO.Node.Hosting;

/// <summary>
/// The HOCON file of <c>--config</c>. A misspelt key would silently change nothing, so every key must be one that the
/// defaults of Akka or ComPO document.
/// </summary>
internal static class NodeConfiguration
{
    /// <summary>The key behind <c>--hostname</c>.</summary>
    public const string HostnameKey = "akka.remote.dot-netty.tcp.hostname";

    /// <summary>The key behind <c>--port</c>.</summary>
    public const string PortKey = "akka.remote.dot-netty.tcp.port";

    /// <summary>The key behind <c>--seed-node</c>.</summary>
    public const string SeedNodesKey = "akka.cluster.seed-nodes";

    // Sections whose keys the user names: dispatchers and routers of actors, bindings of types, roles.
    private static readonly string[] OpenSections =
    [
        "akka.actor.deployment", "akka.actor.serializers", "akka.actor.serialization-bindings", "akka.actor.serialization-identifiers",
        "akka.actor.router.type-mapping", "akka.cluster.role", "akka.coordinated-shutdown.phases",
    ];

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UsageException">The file is not there, is not HOCON, or holds an unknown key.</exception>
    public static Config Read(string path)
    {
        Config config;
        try
        {
            config = ConfigurationFactory.ParseString(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The configuration file {path} of --config cannot be read ({exception.Message}).", exception);
        }
        catch (Exception exception) when (exception is ConfigurationException or FormatException)
        {
            throw new UsageException($"The configuration file {path} is not HOCON ({exception.Message.ReplaceLineEndings(" ")}).", exception);
        }
        RefuseUnknownKeys(config, Known(), path);
        return config;
    }

    private static Config Known() => ComPODefaults.Hocon
        .WithFallback(ClusterSingleton.DefaultConfig())
        .WithFallback(ClusterClientReceptionist.DefaultConfig())
        .WithFallback(DistributedPubSub.DefaultConfig())
        .WithFallback(ConfigurationFactory.FromResource<ClusterSettings>("Akka.Cluster.Configuration.Cluster.conf"))
        .WithFallback(ConfigurationFactory.FromResource<RemoteSettings>("Akka.Remote.Configuration.Remote.conf"))
        .WithFallback(ConfigurationFactory.Default());

    private static void RefuseUnknownKeys(Config config, Config known, string path)
    {
        if (config.IsEmpty)
            return;
        foreach (var key in Keys(config.Root, []))
        {
            if (!OpenSections.Any(section => key.StartsWith(section + ".", StringComparison.Ordinal)) && !known.HasPath(key))
                throw new UsageException($"The configuration file {path} sets the unknown key {key}; the files in hocon/ list and explain every key.");
        }
    }

    private static IEnumerable<string> Keys(HoconValue value, string[] path)
    {
        if (!value.IsObject())
            return [string.Join('.', path)];
        return value.GetObject().Items.SelectMany(item =>
            Keys(item.Value, [.. path, item.Key.Contains('.', StringComparison.Ordinal) ? $"\"{item.Key}\"" : item.Key]));
    }
}
