using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Remote.Serialization;
using Akka.Serialization;
using ComPO.Protocol.Serialization;

namespace ComPO.Protocol.Tests;

public sealed class HarmlessSerializersTests : IDisposable
{
    private static readonly Config Quiet = ConfigurationFactory.ParseString(
        """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor.provider = remote
          remote.dot-netty.tcp {
            hostname = "127.0.0.1"
            port = 0
          }
        }
        """);

    private readonly ActorSystem _system = ActorSystem.Create("protocol", BootstrapSetup.Create().WithConfig(ProtocolConfiguration.Hocon.WithFallback(Quiet)));
    private readonly ActorSystem _stranger = ActorSystem.Create("stranger", BootstrapSetup.Create().WithConfig(Quiet));

    public static TheoryData<object> Harmful => [Kill.Instance, PoisonPill.Instance, new Status.Failure(new InvalidOperationException("no")), new Akka.Routing.RoundRobinPool(1000)];

    public static TheoryData<object> HarmfulBehindTheBack => [new Terminate(), new Suspend(), new Resume(null), new Recreate(new InvalidOperationException("no")), new Create(null)];

    public void Dispose()
    {
        _system.Terminate().Wait(TimeSpan.FromSeconds(10));
        _stranger.Terminate().Wait(TimeSpan.FromSeconds(10));
    }

    [Theory, MemberData(nameof(Harmful))]
    public void What_could_end_an_actor_or_names_a_type_is_refused(object message) => Refused(message);

    [Theory, MemberData(nameof(HarmfulBehindTheBack))]
    public void What_could_stop_or_pause_an_actor_behind_its_back_is_refused(object message) => Refused(message);

    [Fact]
    public void Who_are_you_and_it_is_me_are_read()
    {
        Assert.Equal("one", Assert.IsType<Identify>(Read(new Identify("one"))).MessageId);
        Assert.Equal("one", Assert.IsType<ActorIdentity>(Read(new ActorIdentity("one", null))).MessageId);
    }

    [Fact]
    public void An_actor_may_be_watched_from_afar()
    {
        var self = (IInternalActorRef)_stranger.ActorOf(Props.Empty);
        Assert.IsType<Watch>(Read(new Watch(self, self)));
        Assert.IsType<Unwatch>(Read(new Unwatch(self, self)));
        Assert.IsType<DeathWatchNotification>(Read(new DeathWatchNotification(self, true, false)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(36)]
    public void Of_serializers_that_nodes_do_not_use_there_are_none(int number) =>
        Assert.ThrowsAny<SerializationException>(() => _system.Serialization.Deserialize([1, 2, 3], number, "Akka.Remote.DaemonMsgCreate, Akka.Remote"));

    private void Refused(object message) =>
        Assert.Contains("was refused", Assert.Throws<SerializationException>(() => Read(message)).Message, StringComparison.Ordinal);

    // As a stranger with Akka's own serializers writes it, and as a node reads it.
    private object Read(object message)
    {
        var theirs = _stranger.Serialization.FindSerializerFor(message);
        Assert.True(theirs is MiscMessageSerializer or SystemMessageSerializer);
        var bytes = theirs.ToBinary(message);
        return theirs is SerializerWithStringManifest named
            ? _system.Serialization.Deserialize(bytes, theirs.Identifier, named.Manifest(message))
            : _system.Serialization.Deserialize(bytes, theirs.Identifier, message.GetType());
    }
}
