using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace ComPO.Protocol.Serialization;

/// <summary>
/// Stands where Akka would put Newtonsoft.Json, which reads any type that the sender names. Whatever no other serializer is
/// bound to is refused, in both directions.
/// </summary>
public sealed class RefusingSerializer(ExtendedActorSystem system) : Serializer(system)
{
    /// <summary>Akka's defaults hold settings for a serializer of this place; they do not matter here.</summary>
    public RefusingSerializer(ExtendedActorSystem system, Config _)
        : this(system)
    {
    }

    /// <summary>The number that Akka gives its Newtonsoft serializer, so that no frame can ask for that.</summary>
    public override int Identifier => 1;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">Always.</exception>
    public override byte[] ToBinary(object obj) =>
        throw new SerializationException($"{obj.GetType()} may not cross the wire: only messages of ComPO.Protocol and of Akka itself do.");

    /// <inheritdoc/>
    /// <exception cref="SerializationException">Always.</exception>
    public override object FromBinary(byte[] bytes, Type type) =>
        throw new SerializationException("A message was refused: it is neither of ComPO.Protocol nor of Akka itself.");
}
