using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.Admin;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Admin;

public sealed class AdminEndpointTests
{
    [Fact]
    public async Task A_seed_tells_of_its_members_its_actors_and_its_log_and_has_members_leave()
    {
        await using var seed = await TestNode.StartAsync(["seed"], null);
        await using var trainer = await TestNode.StartAsync(["trainer"], new TinyModelLoader(), seed.Address);
        await using var console = new TestConsole(seed.Address);
        await console.UntilAsync(status => status.Nodes.Length == 1);

        var members = Assert.IsType<ClusterMembers>(await console.AskAsync(new GetMembers()));
        Assert.Equal(seed.Address.ToString(), members.Self);
        // The first of the members by address, which is either.
        Assert.Contains(members.Members, member => member.Address == members.Leader);
        Assert.Equal(
            [(seed.Address.ToString(), "seed"), (trainer.Address.ToString(), "trainer")],
            members.Members.Select(member => (member.Address, Assert.Single(member.Roles))).OrderBy(member => member.Item2, StringComparer.Ordinal));
        Assert.All(members.Members, member => Assert.True(member is { State: MemberState.Up, IsReachable: true }));

        var actors = Assert.IsType<ActorHierarchy>(await console.AskAsync(new GetActors(2)));
        Assert.True(actors.IsWhole);
        Assert.Equal("/user", actors.Paths[0]);
        Assert.Contains("/user/admin/members", actors.Paths);
        Assert.DoesNotContain(actors.Paths, path => path.Count(letter => letter == '/') > 3);

        var foreign = Assert.IsType<RequestRefused>(await console.AskAsync(new ChangeMembership(MembershipChange.Down, "akka.tcp://ComPO@127.0.0.1:1")));
        Assert.Equal((RefusalReason.NoSuchMember, 5), (foreign.Reason, foreign.ExitCode));
        Assert.IsType<RequestRefused>(await console.AskAsync(new ChangeMembership(MembershipChange.Join, trainer.Address.ToString())));
        var left = Assert.IsType<MembershipChanging>(await console.AskAsync(new ChangeMembership(MembershipChange.Leave, trainer.Address.ToString())));
        Assert.Equal([trainer.Address.ToString()], left.Addresses);
        await console.UntilAsync(status => status.Nodes.Length == 0);

        var events = await TailAsync(console, TailSource.Cluster, lines => lines.Any(line => line.EndsWith($"{trainer.Address} is removed", StringComparison.Ordinal)));
        Assert.Contains(events, line => line.EndsWith($"{trainer.Address} is up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_log_of_a_node_can_be_followed()
    {
        await using var seed = await TestNode.StartAsync(["seed"], null);
        await using var console = new TestConsole(seed.Address);
        var log = Logging.GetLogger(seed.System, "test");

        // Whoever remembers the lines may come up after the node has.
        await console.AskAsync(new GetTail(TailSource.Log, -1));
        log.Error("The {0} is\nlost", "key");

        var lines = await TailAsync(console, TailSource.Log, lines => lines.Any(line => line.EndsWith("error The key is lost", StringComparison.Ordinal)));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z error ", lines[^1]);
    }

    [Fact]
    public async Task Through_the_receptionist_consoles_reach_the_admin_endpoint_alone()
    {
        using var folder = new TemporaryFolder();
        using var mayGoOn = new ManualResetEventSlim();
        await using var node = await TestNode.StartAsync(
            ["seed", "trainer"], new TinyModelLoader { BeforeProbe = (_, cancellation) => mayGoOn.Wait(cancellation) });
        await using var console = new TestConsole(node.Address);
        var settings = new RunSettings { Model = "model", Data = "pairs", Iterations = 2, Perturbations = 20, NoiseThreshold = 50, Output = folder["run"] };
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("run", settings.ToJson())));
        await console.UntilAsync(status => status.Phase == RunPhase.Probing);

        foreach (var path in (string[])["/user/supervisor-proxy", "/user/supervisor", "/user/supervisor/singleton", "/user/supervisor/singleton/run"])
        {
            console.Send(path, new PauseTraining(null));
            console.Send(path, new StopTraining(null));
        }
        foreach (var path in (string[])["/user/node", "/user/node/model", "/user/node/device-0"])
        {
            console.Send(path, new StopProbing(1000));
            console.Send(path, new ReleaseModel(1001));
        }

        // Answered after all of these have been read.
        Assert.Equal((RunPhase.Probing, null), await console.UntilAsync(_ => true) is var status ? (status.Phase, status.Paused) : default);
        mayGoOn.Set();
        var (_, ended) = await console.WatchAsync();
        Assert.True(ended is { Phase: RunPhase.Completed, Committed: 2 }, $"{ended.Phase} {ended.Failure}");
    }

    [Fact]
    public async Task A_request_of_another_version_is_refused_with_this_one_s_version()
    {
        await using var seed = await TestNode.StartAsync(["seed"], null);

        var refused = await seed.System.ActorSelection(AdminAddress.EndpointPath).Ask<RequestRefused>(new UnknownMessage("admin.dance"), Patience.Longest, TestContext.Current.CancellationToken);

        Assert.Equal((RefusalReason.UnknownRequest, 5), (refused.Reason, refused.ExitCode));
        Assert.Contains($"version {ProgramVersion.Own}", refused.Sentence, StringComparison.Ordinal);
        Assert.Contains("'admin.dance'", refused.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_in_the_middle_of_a_failover_is_asked_to_be_asked_again()
    {
        // A seed of two whose other never came has no supervisor yet.
        await using var seed = await TestNode.StartAsync(
            ["seed"], null, seed: Address.Parse("akka.tcp://ComPO@127.0.0.1:1"), hocon: TestNode.SharedJournal + "compo.admin.request-timeout = 1s", mustJoin: false);

        var refused = await seed.System.ActorSelection(AdminAddress.EndpointPath).Ask<RequestRefused>(new GetStatus(), Patience.Longest, TestContext.Current.CancellationToken);

        Assert.Equal((RefusalReason.NotReady, 4), (refused.Reason, refused.ExitCode));
        Assert.Contains("ask again", refused.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_so_many_lines_are_remembered_and_told_at_once()
    {
        var ring = new LineRing();
        Assert.Equal((0L, 0, false), (ring.After(-1).First, ring.After(-1).Lines.Length, ring.After(-1).HasMore));
        for (var i = 0; i < LineRing.Capacity + 10; i++)
            ring.Add($"line {i}");

        var oldest = ring.After(-1);
        Assert.Equal((10L, Limits.TailLines, true), (oldest.First, oldest.Lines.Length, oldest.HasMore));
        Assert.Equal("line 10", oldest.Lines[0]);
        Assert.Equal(10L, ring.After(3).First);
        var newest = ring.After(LineRing.Capacity + 8);
        Assert.Equal(["line 265"], newest.Lines);
        Assert.False(newest.HasMore);
        // Whoever has seen more than there is looks at a node that was started again.
        Assert.True(ring.After(5000).First <= 5000);
    }

    private static async Task<List<string>> TailAsync(TestConsole console, TailSource source, Func<List<string>, bool> isEnough)
    {
        var lines = new List<string>();
        using var patience = new CancellationTokenSource(Patience.Longest);
        for (var last = -1L; ;)
        {
            var tail = Assert.IsType<TailLines>(await console.AskAsync(new GetTail(source, last)));
            lines.AddRange(tail.Lines);
            last = tail.First + tail.Lines.Length - 1;
            if (isEnough(lines))
                return lines;
            if (!tail.HasMore)
                await Task.Delay(20, patience.Token);
        }
    }
}
