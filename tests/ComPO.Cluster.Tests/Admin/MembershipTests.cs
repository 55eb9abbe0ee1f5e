using Akka.Actor;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Admin;

public sealed class MembershipTests
{
    // Nobody but the operator puts anyone out.
    private const string PutsNobodyOut = "akka.cluster.split-brain-resolver.stable-after = 10m";

    [Fact]
    public async Task A_member_that_is_put_out_is_gone_from_the_cluster_and_ends()
    {
        await using var seed = await TestNode.StartAsync(["seed"], null, hocon: PutsNobodyOut);
        await using var trainer = await TestNode.StartAsync(["trainer"], new TinyModelLoader(), seed.Address, PutsNobodyOut);
        await using var console = new TestConsole(seed.Address);
        await UntilAsync(console, members => members.Length == 2);

        var changing = Assert.IsType<MembershipChanging>(await console.AskAsync(new ChangeMembership(MembershipChange.Down, trainer.Address.ToString())));

        Assert.Equal([trainer.Address.ToString()], changing.Addresses);
        await trainer.System.WhenTerminated.WaitAsync(Patience.Longest, TestContext.Current.CancellationToken);
        Assert.Equal([seed.Address.ToString()], (await UntilAsync(console, members => members.Length == 1)).Select(member => member.Address));
    }

    [Fact]
    public async Task Members_that_are_not_heard_of_are_put_out_together_and_others_stay()
    {
        // Not so quick that a busy machine would have it miss the one that stays.
        const string quickToMiss = PutsNobodyOut + "\nakka.cluster.failure-detector { heartbeat-interval = 500ms, acceptable-heartbeat-pause = 6s }";
        await using var seed = await TestNode.StartAsync(["seed"], null, hocon: quickToMiss);
        await using var stays = await TestNode.StartAsync(["trainer"], new TinyModelLoader(), seed.Address, quickToMiss);
        // It goes without a word.
        await using var goes = await TestNode.StartAsync(
            ["trainer"], new TinyModelLoader(), seed.Address, quickToMiss + "\nakka.coordinated-shutdown.run-by-actor-system-terminate = off");
        await using var console = new TestConsole(seed.Address);
        await UntilAsync(console, members => members.Length == 3 && members.All(member => member.State == MemberState.Up));
        Assert.Empty(Assert.IsType<MembershipChanging>(await console.AskAsync(new ChangeMembership(MembershipChange.DownUnreachable, null))).Addresses);

        await goes.System.Terminate();
        await UntilAsync(console, members => members.Any(member => !member.IsReachable));
        var changing = Assert.IsType<MembershipChanging>(await console.AskAsync(new ChangeMembership(MembershipChange.DownUnreachable, null)));

        Assert.Equal([goes.Address.ToString()], changing.Addresses);
        var left = await UntilAsync(console, members => members.Length == 2);
        Assert.Equal(new[] { seed.Address.ToString(), stays.Address.ToString() }.Order(), left.Select(member => member.Address).Order());
        Assert.All(left, member => Assert.True(member.IsReachable));
    }

    [Fact]
    public async Task A_node_that_is_in_no_cluster_joins_the_one_it_is_told_to()
    {
        await using var seed = await TestNode.StartAsync(["seed"], null);
        // The seed that it was started with never came.
        await using var lonely = await TestNode.StartAsync(["seed"], null, seed: Address.Parse("akka.tcp://ComPO@127.0.0.1:1"), hocon: TestNode.SharedJournal, mustJoin: false);
        await using var console = new TestConsole(seed.Address);

        var changing = await lonely.System.ActorSelection(AdminAddress.EndpointPath).Ask<MembershipChanging>(
            new ChangeMembership(MembershipChange.Join, seed.Address.ToString()), Patience.Longest, TestContext.Current.CancellationToken);

        Assert.Equal([seed.Address.ToString()], changing.Addresses);
        var members = await UntilAsync(console, members => members.Length == 2 && members.All(member => member.State == MemberState.Up));
        Assert.Contains(members, member => member.Address == lonely.Address.ToString());
    }

    private static async Task<MemberInfo[]> UntilAsync(TestConsole console, Func<MemberInfo[], bool> isWanted)
    {
        using var patience = new CancellationTokenSource(Patience.Longest);
        while (true)
        {
            var members = Assert.IsType<ClusterMembers>(await console.AskAsync(new GetMembers())).Members;
            if (isWanted(members))
                return members;
            await Task.Delay(20, patience.Token);
        }
    }
}
