using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using ComPO.Protocol.Serialization;

namespace ComPO.Cluster.Configuration;

/// <summary>What a node is told by nobody.</summary>
public static class ComPODefaults
{
    /// <summary>Every key that ComPO sets or reads, with its default; what a configuration file may change.</summary>
    public static Config Hocon { get; } = ConfigurationFactory
        .FromResource<NodeOptions>("ComPO.Cluster.Configuration.compo.conf")
        .WithFallback(ProtocolConfiguration.Hocon)
        // Akka's tools bring serializers, which a system must know before it starts.
        .WithFallback(ClusterSingleton.DefaultConfig())
        .WithFallback(ClusterClientReceptionist.DefaultConfig())
        .WithFallback(DistributedPubSub.DefaultConfig());
}
