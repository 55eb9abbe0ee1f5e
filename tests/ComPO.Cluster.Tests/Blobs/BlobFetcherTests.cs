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
    private const int Chunks = 5;

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
        Assert.Equal([1, 2], NextChunks(first, 2));
        Send(fetcher, 1, first);
        Assert.Equal([3], NextChunks(first, 1));

        fetcher.Tell(BlobFetcher.ChunkIsLate.Instance);

        Assert.Equal([2, 3], NextChunks(second, 2));
        Send(fetcher, 3, second);
        Assert.Equal([4], NextChunks(second, 1));
        Send(fetcher, 4, second);
        // What the first one sends after all counts too.
        Send(fetcher, 2, first);
        Assert.Equal(_bytes, Next<BlobFetched>(this).Bytes);
        HasBeenAskedNothingElse(second);
    }

    [Fact]
    public async Task No_more_chunks_are_under_way_at_once_than_the_window_takes()
    {
        var holder = CreateTestProbe();
        var fetcher = Fetch(Host("holder", holder));
        var store = await Sys.ActorSelection("/user/holder/user/" + BlobStore.Name).ResolveOne(Patience.Longest, TestContext.Current.CancellationToken);
        var asked = new List<long>();
        for (var chunk = 0; chunk < Chunks; chunk++)
        {
            // Answered after all that the fetcher has asked for so far, and on the same way.
            fetcher.Tell(new Identify(null), store);
            while (await holder.ReceiveOneAsync(Patience.Longest, TestContext.Current.CancellationToken) is FetchChunk request)
                asked.Add(request.Offset / Limits.ChunkBytes);
            // How many there are the first one tells.
            Assert.Equal(Enumerable.Range(0, chunk == 0 ? 1 : Math.Min(chunk + Settings.Window, Chunks)).Select(number => (long)number), asked);
            Send(fetcher, chunk, holder);
        }
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
    public void The_length_that_a_holder_of_damaged_bytes_gives_is_forgotten_with_it()
    {
        var damaged = CreateTestProbe();
        var fetcher = Fetch(Host("damaged", damaged), Store("full", Full()));
        Next<FetchChunk>(damaged);

        // Its file is cut short: it has sent of it before it has seen that.
        fetcher.Tell(new BlobChunk(Digest, 0, Limits.ChunkBytes + 1, _bytes[..Limits.ChunkBytes]), damaged);
        fetcher.Tell(new BlobUnknown(Digest, Limits.ChunkBytes), damaged);

        Assert.Equal(_bytes, Next<BlobFetched>(this).Bytes);
    }

    [Fact]
    public void Chunks_of_those_who_were_not_asked_are_not_taken()
    {
        var holder = CreateTestProbe();
        var fetcher = Fetch(Host("holder", holder));
        Next<FetchChunk>(holder);

        // Were it taken at its word, what the holder sends would not belong to it.
        fetcher.Tell(new BlobChunk(Digest, 0, 1 << 23, _bytes[..Limits.ChunkBytes]), new Stranger());

        Send(fetcher, 0, holder);
        for (var chunk = 1; chunk < Chunks; chunk++)
        {
            Next<FetchChunk>(holder);
            Send(fetcher, chunk, holder);
        }
        Assert.Equal(_bytes, Next<BlobFetched>(this).Bytes);
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

    private static IEnumerable<long> NextChunks(TestKitBase of, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Next<FetchChunk>(of).Offset / Limits.ChunkBytes)];

    // What it is told now comes after all that it was asked.
    private static void HasBeenAskedNothingElse(TestProbe holder)
    {
        holder.Ref.Tell("that was all");
        Assert.Equal("that was all", Next<string>(holder));
    }

    private static byte[] MakeBytes()
    {
        var bytes = new byte[(Chunks - 1) * Limits.ChunkBytes + 9];
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

    private string Store(string name, BlobShelf shelf) => Sys.Store(name, shelf);

    private string Host(string name, IActorRef store) => Sys.Host(name, store);

    /// <summary>Somebody on another node.</summary>
    private sealed class Stranger : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(new Address("akka.tcp", "ComPO", "stranger", 4053)) / "user" / "store";

        public override IActorRefProvider Provider => throw new NotSupportedException();
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
