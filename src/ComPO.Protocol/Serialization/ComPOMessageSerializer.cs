using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using MemoryPack;

namespace ComPO.Protocol.Serialization;

/// <summary>
/// Writes and reads the messages of <see cref="MessageManifests"/>, and refuses anything else: an unknown name, bytes that
/// are not wholly one message, a member beyond its bound.
/// </summary>
public sealed class ComPOMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <inheritdoc/>
    public override int Identifier => 7310;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The type is not in the table.</exception>
    public override string Manifest(object o) => EntryOf(o).Name;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The type is not in the table, or a member is beyond its bound.</exception>
    public override byte[] ToBinary(object obj)
    {
        var entry = EntryOf(obj);
        // What the receiver would refuse had better fail where it was made.
        entry.Guard.Verify(obj);
        return entry.Write((IComPOMessage)obj);
    }

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The bytes are not exactly one message of that name.</exception>
    /// <returns>The message; an <see cref="UnknownMessage"/> for one between console and node whose name this version does not know.</returns>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!MessageManifests.ByName.TryGetValue(manifest, out var entry))
        {
            // Who asks from a newer console is told so, instead of waiting in vain.
            if (manifest.StartsWith(MessageManifests.ConsolePrefix, StringComparison.Ordinal))
                return new UnknownMessage(Shorten(manifest));
            throw new SerializationException($"A message was refused: this version knows none by the name '{Shorten(manifest)}'.");
        }
        try
        {
            var (message, consumed) = entry.Read(bytes);
            if (message is null || consumed != bytes.Length)
                throw new SerializationException($"A message {entry.Type.Name} was refused: it ends at byte {consumed} of {bytes.Length}.");
            entry.Guard.Verify(message);
            return message;
        }
        catch (Exception exception) when (exception is not SerializationException && IsAboutTheBytes(exception))
        {
            throw new SerializationException($"A message {entry.Type.Name} was refused: its {bytes.Length} bytes are damaged.", exception);
        }
    }

    private static MessageManifests.Entry EntryOf(object message) => MessageManifests.ByType.TryGetValue(message.GetType(), out var entry)
        ? entry
        : throw new SerializationException($"{message.GetType()} is not a message that may cross the wire.");

    // MemoryPack reports most damage itself; lengths that overflow surface as these.
    private static bool IsAboutTheBytes(Exception exception) => exception is MemoryPackSerializationException or ArgumentException
        or OverflowException or IndexOutOfRangeException or InvalidOperationException or OutOfMemoryException;

    private static string Shorten(string manifest) => manifest.Length <= 64 ? manifest : manifest[..64] + "…";
}
