using Akka.Actor;
using ComPO.Cluster.Blobs;

namespace ComPO.Cluster.Tests.Fakes;

/// <summary>Nodes that may hold bytes. A holder is a node's address; here each is an actor under which the path of a node's store leads to one.</summary>
internal static class BlobHolders
{
    /// <summary>A holder with a store of its own.</summary>
    public static string Store(this ActorSystem system, string name, BlobShelf shelf) => system.Place(name, BlobStore.PropsFor(shelf));

    /// <summary>A holder that is asked what another actor answers.</summary>
    public static string Host(this ActorSystem system, string name, IActorRef store) => system.Place(name, Props.Create(() => new Forwarder(store)));

    private static string Place(this ActorSystem system, string name, Props store)
    {
        system.ActorOf(Props.Create(() => new Nest("user", Props.Create(() => new Nest(BlobStore.Name, store)))), name)
            .Ask<ActorIdentity>(new Identify(null), Patience.Longest, TestContext.Current.CancellationToken).Wait(TestContext.Current.CancellationToken);
        return $"akka://{system.Name}/user/{name}";
    }

    private sealed class Nest : ReceiveActor
    {
        public Nest(string name, Props child) => Context.ActorOf(child, name);
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef to) => ReceiveAny(to.Forward);
    }
}
