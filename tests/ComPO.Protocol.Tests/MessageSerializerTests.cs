using System.Reflection;
using System.Runtime.Serialization;
using Akka.Actor;
using ComPO.Protocol.Serialization;
using CsCheck;

namespace ComPO.Protocol.Tests;

public sealed class MessageSerializerTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("protocol", BootstrapSetup.Create().WithConfig(ProtocolConfiguration.Hocon));

    public static TheoryData<string> MessageNames => [.. Samples.MessageTypes.Select(type => type.Name)];

    public void Dispose() => _system.Terminate().Wait(TimeSpan.FromSeconds(10));

    [Fact]
    public void The_table_holds_every_message_and_nothing_else()
    {
        Assert.Equal(
            Samples.MessageTypes.Select(type => type.Name).Order(),
            MessageManifests.ByType.Keys.Select(type => type.Name).Order());
        Assert.Equal(MessageManifests.ByType.Count, MessageManifests.ByName.Count);
    }

    [Theory, MemberData(nameof(MessageNames))]
    public void Every_message_comes_back_as_it_went(string name)
    {
        var message = SampleOf(name);
        var serializer = Assert.IsType<ComPOMessageSerializer>(_system.Serialization.FindSerializerFor(message));

        var back = serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message));

        Assert.True(Samples.AreAlike(message, back), $"{message} came back as {back}");
    }

    [Theory, MemberData(nameof(MessageNames))]
    public void A_message_cut_short_or_with_something_behind_it_is_refused(string name)
    {
        var message = SampleOf(name);
        var (bytes, manifest) = (Serializer.ToBinary(message), Serializer.Manifest(message));

        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<SerializationException>(() => Serializer.FromBinary(bytes[..length], manifest));
        Assert.Throws<SerializationException>(() => Serializer.FromBinary([.. bytes, 0], manifest));
    }

    [Fact]
    public void Random_bytes_are_refused_or_are_a_message_and_do_nothing_else()
    {
        var manifests = MessageManifests.ByName.Keys.Order().ToArray();
        Gen.Select(Gen.OneOfConst(manifests), Gen.Byte.Array[0, 200]).Sample(
            (manifest, bytes) => ReadsOrIsRefused(manifest, bytes), iter: 50_000, seed: "0000gcZ3nIg4");
    }

    [Fact]
    public void Damaged_messages_are_refused_or_are_still_within_their_bounds()
    {
        var whole = Samples.MessageTypes.Select(type => Samples.Of(type)).Select(m => (Serializer.Manifest(m), Serializer.ToBinary(m))).ToArray();
        Gen.Select(Gen.OneOfConst(whole), Gen.Int[0, 10_000], Gen.Byte).Sample(
            (message, at, value) =>
            {
                var bytes = (byte[])message.Item2.Clone();
                if (bytes.Length > 0)
                    bytes[at % bytes.Length] = value;
                return ReadsOrIsRefused(message.Item1, bytes);
            },
            iter: 50_000, seed: "0000gcZ3nIg4");
    }

    [Fact]
    public void What_a_newer_console_asks_is_known_to_be_unknown() =>
        Assert.Equal(new UnknownMessage("admin.dance"), Serializer.FromBinary([0, 1, 2], "admin.dance"));

    [Fact]
    public void An_unknown_name_is_refused_with_a_sentence()
    {
        var exception = Assert.Throws<SerializationException>(() => Serializer.FromBinary([0], "node.destroy"));
        Assert.Contains("'node.destroy'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_text_and_array_of_a_message_has_a_bound()
    {
        var unbounded =
            from type in Samples.Records
            from member in MessageGuard.Members(type)
            where member.PropertyType == typeof(string) || member.PropertyType.IsArray
            where member.GetCustomAttribute<AtMostAttribute>() is null
            select $"{type.Name}.{member.Name}";
        Assert.Empty(unbounded);
        Assert.DoesNotContain(
            Samples.Records.SelectMany(MessageGuard.Members),
            member => typeof(System.Collections.IEnumerable).IsAssignableFrom(member.PropertyType)
                && member.PropertyType != typeof(string) && !member.PropertyType.IsArray);
    }

    [Fact]
    public void What_is_longer_than_its_bound_goes_neither_out_nor_in()
    {
        var message = new StartTraining(new string('r', Limits.Name + 1), "{}");
        Assert.Contains("RunId", Assert.Throws<SerializationException>(() => Serializer.ToBinary(message)).Message, StringComparison.Ordinal);

        var bytes = MemoryPack.MemoryPackSerializer.Serialize(message);
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(bytes, Serializer.Manifest(message)));

        var chunk = new BlobChunk(default, 0, 1, new byte[Limits.ChunkBytes + 1]);
        Assert.Throws<SerializationException>(() =>
            Serializer.FromBinary(MemoryPack.MemoryPackSerializer.Serialize(chunk), Serializer.Manifest(chunk)));
    }

    [Fact]
    public void A_missing_text_and_a_number_without_a_name_are_refused()
    {
        var nothing = MemoryPack.MemoryPackSerializer.Serialize(new StartTraining(null!, "{}"));
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(nothing, "admin.start"));

        var nonsense = MemoryPack.MemoryPackSerializer.Serialize(new RequestRefused((RefusalReason)99, "no", 5));
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(nonsense, "admin.refused"));
    }

    [Fact]
    public void The_largest_messages_fit_a_frame()
    {
        IComPOMessage[] largest =
        [
            new BlobChunk(default, 0, 1, new byte[Limits.ChunkBytes]),
            new RowsTallied(1, 0, 0, new byte[Limits.HistogramBytes], 0),
            new TrainingProgress([.. Enumerable.Repeat(new string('x', Limits.LogLine), Limits.LogLines)], false, (TrainingStatus)Samples.Of(typeof(TrainingStatus))),
        ];
        // Remoting adds addresses and names.
        Assert.All(largest, message => Assert.True(Serializer.ToBinary(message).Length < Limits.FrameBytes - 8192));
    }

    [Fact]
    public void Nothing_but_listed_messages_is_written_and_no_frame_can_ask_for_Newtonsoft()
    {
        Assert.Throws<SerializationException>(() => _system.Serialization.Serialize(new Uri("http://localhost")));
        var json = """{"$type":"System.IO.FileInfo, System.IO.FileSystem"}"""u8.ToArray();
        var refusal = Assert.Throws<SerializationException>(() => _system.Serialization.Deserialize(json, 1, typeof(FileInfo)));
        Assert.Contains("neither of ComPO.Protocol nor of Akka", refusal.Message, StringComparison.Ordinal);
    }

    private ComPOMessageSerializer Serializer => new((ExtendedActorSystem)_system);

    private static IComPOMessage SampleOf(string name) => Samples.Of(Samples.MessageTypes.Single(type => type.Name == name));

    private bool ReadsOrIsRefused(string manifest, byte[] bytes)
    {
        try
        {
            return Serializer.FromBinary(bytes, manifest) is IComPOMessage;
        }
        catch (SerializationException)
        {
            return true;
        }
    }
}
