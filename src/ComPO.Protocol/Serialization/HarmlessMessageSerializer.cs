using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Serialization;
using Akka.Serialization;

namespace ComPO.Protocol.Serialization;

/// <summary>
/// Of Akka's messages for all actors reads those that members and consoles send each other: who are you, it is me, and the signs of life of those
/// that watch each other. A stranger who reaches the port could otherwise kill any actor by its name.
/// </summary>
public sealed class HarmlessMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly string[] Harmless = ["ID", "AID", "RWHB", "RWHR"];
    private readonly MiscMessageSerializer _akkas = new(system);

    /// <summary>Akka looks for this form first.</summary>
    public HarmlessMessageSerializer(ExtendedActorSystem system, Config _)
        : this(system)
    {
    }

    /// <summary>The number of Akka's own, in whose place this stands.</summary>
    public override int Identifier => 16;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => _akkas.ToBinary(obj);

    /// <inheritdoc/>
    public override string Manifest(object o) => _akkas.Manifest(o);

    /// <inheritdoc/>
    /// <exception cref="SerializationException">It is not among the harmless.</exception>
    public override object FromBinary(byte[] bytes, string manifest) => Harmless.Contains(manifest, StringComparer.Ordinal)
        ? _akkas.FromBinary(bytes, manifest)
        : throw new SerializationException("A message of Akka's own was refused: nodes and consoles do not send each other this one.");
}
