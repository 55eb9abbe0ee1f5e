using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Nodes;

public sealed class BlobErrandsTests() : TestKit(Patience.OfTestKit)
{
    private readonly byte[][] _parts = [[1, 1], [2, 2], [3, 3]];
    private readonly BlobShelf _shelf = new();

    [Fact]
    public async Task Parts_of_a_head_come_one_after_another_and_the_head_is_taken_when_all_are_there()
    {
        var store = CreateTestProbe();
        var node = Sys.ActorOf(Props.Create(() => new Node(_shelf, TestActor)));

        node.Tell(new TakeHead(1, Digest.Of("head"u8), [.. _parts.Select(part => Digest.Of(part))], [Sys.Host("holder", store)]));

        foreach (var part in _parts)
        {
            Assert.Equal(Digest.Of(part), Next<FetchChunk>(store).Digest);
            var fetchers = await node.Ask<int>(Count.Instance, Patience.Longest, TestContext.Current.CancellationToken);
            // One, and the one before it, which may be about to end.
            Assert.InRange(fetchers, 1, part == _parts[0] ? 1 : 2);
            store.Reply(new BlobChunk(Digest.Of(part), 0, part.Length, part));
        }
        Assert.Equal(1, Next<TakeHead>(this).Request);
        Assert.All(_parts, part => Assert.True(_shelf.HasWhole(Digest.Of(part))));
    }

    [Fact]
    public void A_head_of_which_a_part_is_not_to_be_had_is_left_to_whoever_does_the_request()
    {
        var store = CreateTestProbe();
        var node = Sys.ActorOf(Props.Create(() => new Node(_shelf, TestActor)));

        node.Tell(new TakeHead(1, Digest.Of("head"u8), [.. _parts.Select(part => Digest.Of(part))], [Sys.Host("holder", store)]));
        Next<FetchChunk>(store);
        store.Reply(new BlobUnknown(Digest.Of(_parts[0]), 0));

        Assert.Equal(1, Next<TakeHead>(this).Request);
        Assert.False(_shelf.HasWhole(Digest.Of(_parts[0])));
    }

    private static T Next<T>(TestKitBase of) => of.ExpectMsg<T>(cancellationToken: TestContext.Current.CancellationToken);

    private sealed class Node : ReceiveActor
    {
        public Node(BlobShelf shelf, IActorRef worker)
        {
            var errands = new BlobErrands(shelf, new BlobSettings(2, TimeSpan.FromHours(1), 2, 1 << 20), (request, _) => worker.Tell(request));
            Receive<TakeHead>(take => errands.Run(take, Sender, Context));
            Receive<BlobShelved>(shelved => errands.OnShelved(shelved, Context));
            Receive<BlobFetchFailed>(failed => errands.OnFailed(failed, Context));
            Receive<Count>(_ => Sender.Tell(Context.GetChildren().Count()));
        }
    }

    private sealed class Count
    {
        public static readonly Count Instance = new();
    }
}
