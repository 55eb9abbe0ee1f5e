using Akka.Actor;
using ComPO.Cluster.Trainers;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Trainers;

public sealed class TrainerRosterTests
{
    private const string Folder = "akka.tcp://ComPO@seed:4053";

    private readonly TrainerRoster _roster = new();

    [Fact]
    public void A_full_cluster_names_no_more_holders_than_a_message_takes_and_the_run_folder_s_node_among_them()
    {
        for (var i = 0; i < Limits.Nodes; i++)
            Join(i, i % 2 == 0 ? TrainerState.Ready : TrainerState.CatchingUp);
        Assert.True(_roster.IsFull);

        var holders = _roster.Holders(Folder);

        Assert.Equal(Limits.Nodes, holders.Distinct().Count());
        Assert.Equal(Limits.Nodes, holders.Length);
        Assert.Equal(Folder, holders[^1]);
        Assert.All(_roster.Ready, ready => Assert.Contains(ready.Address, holders));
    }

    [Fact]
    public void A_node_that_both_computes_and_leads_is_named_once()
    {
        _roster.Register(ActorRefs.Nobody, new NodeStatus(Folder, "tiny", []), TimeSpan.Zero)!.Become(TrainerState.Ready);

        Assert.Equal([Folder], _roster.Holders(Folder));
    }

    private void Join(int number, TrainerState state) => _roster
        .Register(ActorRefs.Nobody, new NodeStatus($"akka.tcp://ComPO@trainer-{number:0000}:4053", "tiny", []), TimeSpan.Zero)!.Become(state);
}
