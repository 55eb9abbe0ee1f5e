using Akka.Configuration;

namespace ComPO.Protocol.Serialization;

/// <summary>What every actor system that speaks this protocol needs, node or console.</summary>
public static class ProtocolConfiguration
{
    /// <summary>Serializers and frame size as HOCON; put it in front of Akka's own defaults.</summary>
    public static Config Hocon { get; } = ConfigurationFactory.FromResource<ComPOMessageSerializer>("ComPO.Protocol.Serialization.protocol.conf");
}
