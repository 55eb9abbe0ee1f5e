using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Remote.Serialization;
using Akka.Serialization;

namespace ComPO.Protocol.Serialization;

/// <summary>
/// Of what Akka says to an actor behind its back reads that it is watched, is so no longer, and that one it watched has ended; not that it is to stop,
/// to pause or to begin anew, which nobody decides from afar here.
/// </summary>
public sealed class HarmlessSystemSerializer(ExtendedActorSystem system) : Serializer(system)
{
    private static readonly Type[] Harmless = [typeof(Watch), typeof(Unwatch), typeof(DeathWatchNotification)];
    private readonly SystemMessageSerializer _akkas = new(system);

    /// <inheritdoc cref="HarmlessMessageSerializer(ExtendedActorSystem, Config)"/>
    public HarmlessSystemSerializer(ExtendedActorSystem system, Config _)
        : this(system)
    {
    }

    /// <inheritdoc cref="HarmlessMessageSerializer.Identifier"/>
    public override int Identifier => 22;

    /// <inheritdoc/>
    public override bool IncludeManifest => true;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => _akkas.ToBinary(obj);

    /// <inheritdoc/>
    /// <exception cref="SerializationException">It is not among the harmless.</exception>
    public override object FromBinary(byte[] bytes, Type type) => Harmless.Contains(type)
        ? _akkas.FromBinary(bytes, type)
        : throw new SerializationException("A system message of Akka was refused: nodes and consoles do not send each other this one.");
}
