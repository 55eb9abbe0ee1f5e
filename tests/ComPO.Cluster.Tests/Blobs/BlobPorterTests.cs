using System.Diagnostics;
using Akka.Actor;
using Akka.TestKit.Xunit;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Probing;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Blobs;

public sealed class BlobPorterTests() : TestKit(Patience.OfTestKit)
{
    private static readonly BlobSettings Settings = new(2, TimeSpan.FromHours(1), 2, 1 << 23);

    private readonly byte[] _bytes = [1, 2, 3];
    private readonly TemporaryFolder _folder = new();

    private Digest Digest => Digest.Of(_bytes);

    [Fact]
    public void What_lies_on_the_shelf_is_read_once_and_not_fetched()
    {
        new BlobShelf(_folder["shelf"]).Keep(_bytes);
        var shelf = new BlobShelf(_folder["shelf"]);
        Assert.Equal((true, false), (shelf.Has(Digest), shelf.HasWhole(Digest)));

        Carry(shelf);

        Assert.Equal(0, Next<BlobShelved>().FetchedBytes);
        Assert.True(shelf.HasWhole(Digest));
    }

    [Fact]
    public void What_is_damaged_is_fetched_and_kept_in_its_place()
    {
        new BlobShelf(_folder["shelf"]).Keep(_bytes);
        File.WriteAllBytes(_folder[$"shelf/{Digest}"], [1, 2, 4]);
        var shelf = new BlobShelf(_folder["shelf"]);

        Carry(shelf, Holder());

        Assert.Equal(3, Next<BlobShelved>().FetchedBytes);
        Assert.Equal((true, 3L), (shelf.HasWhole(Digest), shelf.BytesReceived));
        Assert.Equal(_bytes, File.ReadAllBytes(_folder[$"shelf/{Digest}"]));
    }

    [Fact]
    public void What_nobody_has_or_no_disk_takes_fails_with_a_sentence()
    {
        Carry(new BlobShelf());
        Assert.Contains("no node is known", Next<BlobFetchFailed>().Sentence, StringComparison.Ordinal);

        var shelf = new BlobShelf(_folder["shelf"]);
        Directory.Delete(_folder["shelf"]);
        Carry(shelf, Holder());

        Assert.Contains("cannot be kept by this node", Next<BlobFetchFailed>().Sentence, StringComparison.Ordinal);
        Assert.False(shelf.Has(Digest));
    }

    [Fact]
    [Trait("Invariant", "5 No silent failure")]
    public async Task A_trainer_whose_disk_does_not_answer_does()
    {
        // Whoever reads a pipe waits until somebody writes.
        var pipe = _folder["pipe"];
        if (!OperatingSystem.IsLinux())
            Assert.Skip("A disk that does not answer is a named pipe of Linux.");
        using (var mkfifo = Process.Start("mkfifo", pipe))
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        var shelf = new BlobShelf();
        shelf.Offer(Digest, pipe);
        // An agent on a dispatcher of one thread, which it must not block.
        var agent = Sys.ActorOf(NodeAgent.PropsFor(
            new TinyModelLoader(), new NodeOptions { Roles = ["trainer"] }, ComPOSettings.Read(Sys.Settings.Config), shelf, ActorRefs.Nobody, "akka://here", ProbeWorker.Props)
            .WithDispatcher("akka.actor.default-dispatcher"));
        var prepared = agent.Ask<INodeReply>(new PreparePair(1, 0, 0, Digest, []), Patience.Longest, TestContext.Current.CancellationToken);

        Assert.IsType<NodeAgent.Registration>(await agent.Ask<object>(NodeAgent.GetRegistration.Instance, Patience.Longest, TestContext.Current.CancellationToken));
        Assert.False(prepared.IsCompleted);
        Assert.IsType<ProbingStopped>(await agent.Ask<INodeReply>(new StopProbing(2), Patience.Longest, TestContext.Current.CancellationToken));
        Assert.Equal("It was cancelled.", Assert.IsType<NodeFailed>(await prepared).Sentence);

        await File.WriteAllBytesAsync(pipe, _bytes, TestContext.Current.CancellationToken);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    private T Next<T>() => ExpectMsg<T>(cancellationToken: TestContext.Current.CancellationToken);

    private void Carry(BlobShelf shelf, params string[] holders) =>
        Sys.ActorOf(Props.Create(() => new Parent(TestActor, BlobPorter.PropsFor(Digest, holders, shelf, Settings))));

    private string Holder()
    {
        var full = new BlobShelf();
        full.Keep(_bytes);
        return Sys.Store("full", full);
    }

    private sealed class Parent : ReceiveActor
    {
        public Parent(IActorRef owner, Props child)
        {
            Context.ActorOf(child);
            ReceiveAny(owner.Forward);
        }
    }
}
