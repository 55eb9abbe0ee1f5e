using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Blobs;

public sealed class BlobFetcherTests() : TestKit(Patience.OfTestKit)
{
    // Silence is told by hand.
    private static readonly BlobSettings Settings = new(2, TimeSpan.FromHours(1), 2, 1 << 23);

    private readonly byte[] _bytes = MakeBytes();

    private Digest Digest => Digest.Of(_bytes);

    [Fact]
    public void What_one_holder_does_not_have_comes_from_the_next()
    {
        Fetch(Store("empty", new BlobShelf()), Store("full", Full()));

        Assert.Equal(_bytes, Next<BlobFetched>(this).Bytes);
    }

    [Fact]
    public void A_holder_that_falls_silent_in_the_middle_is_followed_by_the_next_which_sends_only_what_is_missing()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        var fetcher = Fetch(Host("first", first), Host("second", second));
        Assert.Equal(0, Next<FetchChunk>(first).Offset);
        Send(fetcher, 0, first);
        Assert.Equal(Limits.ChunkBytes, Next<FetchChunk>(first).Offset);
        Assert.Equal(2 * Limits.ChunkBytes, Next<FetchChunk>(first).Offset);

        fetcher.Tell(BlobFetcher.ChunkIsLate.Instance);

        Assert.Equal(Limits.ChunkBytes, Next<FetchChunk>(second).Offset);
        Assert.Equal(2 * Limits.ChunkBytes, Next<FetchChunk>(second).Offset);
        Send(fetcher, 2, second);
        // What the first one sends after all counts too.
        Send(fetcher, 1, first);
        Assert.Equal(_bytes, Next<BlobFetched>(this).Bytes);
    }

    [Fact]
    public void A_holder_is_asked_again_as_long_as_it_answers_now_and_then_and_given_up_when_it_does_not()
    {
        var only = CreateTestProbe();
        var fetcher = Fetch(Host("only", only));
        Next<FetchChunk>(only);
        fetcher.Tell(BlobFetcher.ChunkIsLate.Instance);
        Next<FetchChunk>(only);
        Send(fetcher, 0, only);
        Next<FetchChunk>(only);
        Next<FetchChunk>(only);
        fetcher.Tell(BlobFetcher.ChunkIsLate.Instance);
        Next<FetchChunk>(only);
        Next<FetchChunk>(only);

        fetcher.Tell(BlobFetcher.ChunkIsLate.Instance);

        Assert.Contains("did not answer in time", Next<BlobFetchFailed>(this).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void When_nobody_has_the_bytes_the_fetch_fails_with_the_last_holder_s_answer()
    {
        Fetch(Store("a", new BlobShelf()), Store("b", new BlobShelf()));

        var sentence = Next<BlobFetchFailed>(this).Sentence;
        Assert.Contains(Digest.ToString(), sentence, StringComparison.Ordinal);
        Assert.Contains("user/b does not hold them", sentence, StringComparison.Ordinal);
        Fetch();
        Assert.Contains("no node is known", Next<BlobFetchFailed>(this).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_holder_that_sends_nonsense_is_asked_nothing_more()
    {
        var liar = CreateTestProbe();
        var fetcher = Fetch(Host("liar", liar), Store("full", Full()));
        Next<FetchChunk>(liar);

        fetcher.Tell(new BlobChunk(Digest, 0, Limits.ChunkBytes, [1, 2, 3]), liar);

        Assert.Equal(_bytes, Next<BlobFetched>(this).Bytes);
    }

    private static T Next<T>(TestKitBase of) => of.ExpectMsg<T>(cancellationToken: TestContext.Current.CancellationToken);

    private static byte[] MakeBytes()
    {
        var bytes = new byte[2 * Limits.ChunkBytes + 9];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(i * 31 >> 3);
        return bytes;
    }

    private BlobShelf Full()
    {
        var shelf = new BlobShelf();
        shelf.Keep(_bytes);
        return shelf;
    }

    private void Send(IActorRef fetcher, int chunk, IActorRef sender)
    {
        var part = _bytes.AsSpan(chunk * Limits.ChunkBytes);
        fetcher.Tell(
            new BlobChunk(Digest, (long)chunk * Limits.ChunkBytes, _bytes.Length, part[..Math.Min(part.Length, Limits.ChunkBytes)].ToArray()), sender);
    }

    private IActorRef Fetch(params string[] holders) => Sys.ActorOf(Props.Create(() => new Parent(TestActor)))
        .Ask<IActorRef>(BlobFetcher.PropsFor(Digest, holders, Settings), Patience.Longest, TestContext.Current.CancellationToken).Result;

    private string Store(string name, BlobShelf shelf) => Place(name, BlobStore.PropsFor(shelf));

    private string Host(string name, IActorRef store) => Place(name, Props.Create(() => new Forwarder(store)));

    // A holder is a node's address; here each is an actor under which the path of a node's store leads to one.
    private string Place(string name, Props store)
    {
        Sys.ActorOf(Props.Create(() => new Nest("user", Props.Create(() => new Nest(BlobStore.Name, store)))), name)
            .Ask<ActorIdentity>(new Identify(null), Patience.Longest, TestContext.Current.CancellationToken).Wait(TestContext.Current.CancellationToken);
        return $"akka://{Sys.Name}/user/{name}";
    }

    private sealed class Nest : ReceiveActor
    {
        public Nest(string name, Props child) => Context.ActorOf(child, name);
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef to) => ReceiveAny(to.Forward);
    }

    private sealed class Parent : ReceiveActor
    {
        public Parent(IActorRef owner)
        {
            Receive<Props>(child => Sender.Tell(Context.ActorOf(child)));
            ReceiveAny(owner.Forward);
        }
    }
}
