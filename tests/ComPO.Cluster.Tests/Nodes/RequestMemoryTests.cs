using Akka.Actor;
using ComPO.Cluster.Nodes;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Nodes;

public sealed class RequestMemoryTests
{
    private static readonly IActorRef Asker = ActorRefs.Nobody;

    private readonly RequestMemory _memory = new();

    [Fact]
    public void What_is_being_done_is_not_done_twice_however_much_is_asked_meanwhile()
    {
        Assert.True(_memory.IsNew(Asker, 1, out _));
        for (var request = 2; request < 200; request++)
        {
            Assert.True(_memory.IsNew(Asker, request, out _));
            _memory.Remember(Asker, new ProbingStarted(request));
        }

        Assert.False(_memory.IsNew(Asker, 1, out var answer));
        Assert.Null(answer);
        var done = new ProbingStarted(1);
        _memory.Remember(Asker, done);
        Assert.False(_memory.IsNew(Asker, 1, out answer));
        Assert.Same(done, answer);
    }

    [Fact]
    public void Answers_are_kept_for_as_long_as_they_may_be_asked_for_again_and_no_longer()
    {
        for (var request = 1; request <= 100; request++)
        {
            _memory.IsNew(Asker, request, out _);
            _memory.Remember(Asker, new ProbingStarted(request));
        }

        Assert.False(_memory.IsNew(Asker, 100, out _));
        Assert.True(_memory.IsNew(Asker, 1, out _));
    }
}
