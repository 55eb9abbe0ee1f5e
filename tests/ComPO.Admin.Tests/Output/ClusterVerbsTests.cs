using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Tests.Output;

public sealed class ClusterVerbsTests
{
    private const string First = "akka.tcp://ComPO@127.0.0.1:4053";
    private const string Second = "akka.tcp://ComPO@127.0.0.2:4053";

    [Fact]
    public async Task Members_are_a_line_each_and_counted()
    {
        Assert.Equal(
            [$"{First} | [seed,trainer] | up | reachable | 0.1.0", $"{Second} | [trainer] | weaklyup | unreachable | 0.1.0", "Count: 2 nodes"],
            await RunAsync("cluster", "show"));
        Assert.Equal([First], await RunAsync("cluster", "leader"));
        Assert.Equal(
            [$"node: {Second}", "state: weaklyup", "reachable: no", "roles: trainer", "version: 0.1.0", $"leader: {First}", "members: 2, 1 unreachable"],
            await RunAsync("cluster", "status", "-a", Second));
        Assert.Equal(
            [$$"""{"self":"{{First}}","leader":"{{First}}","members":[{"address":"{{First}}","roles":["seed","trainer"],"state":"up","isReachable":true,"version":"0.1.0"},{"address":"{{Second}}","roles":["trainer"],"state":"weaklyUp","isReachable":false,"version":"0.1.0"}]}"""],
            await RunAsync("cluster", "show", "--json"));
    }

    [Fact]
    public async Task One_member_is_counted_in_the_words_of_many()
    {
        await using var seed = await FakeSeed.StartAsync(_ => Samples.Members with { Members = Samples.Members.Members[..1] });

        var said = await ScriptedTerminal.RunAsync("cluster", "show", "--contact", seed.Address);

        Assert.Equal([$"{First} | [seed,trainer] | up | reachable | 0.1.0", "Count: 1 nodes"], said.Lines);
    }

    [Fact]
    public async Task What_becomes_of_a_member_is_one_sentence()
    {
        Assert.Equal([$"{Second} leaves the cluster."], await RunAsync("cluster", "leave", "--address", Second));
        Assert.Equal([$"{Second} is put out of the cluster."], await RunAsync("cluster", "down", "-a", Second));
        Assert.Equal([$"The node joins the cluster of {Second}."], await RunAsync("cluster", "join", "-a", Second));
        Assert.Equal(["No member is unreachable."], await RunAsync("cluster", "down-unreachable"));
    }

    [Theory]
    [InlineData("cluster down", "--address")]
    [InlineData("cluster down -a nowhere", "--address is 'nowhere'")]
    [InlineData("cluster", "--help")]
    [InlineData("cluster dance", "'dance'")]
    public async Task A_mistake_is_told_without_asking_anyone(string line, string expected)
    {
        var said = await ScriptedTerminal.RunAsync(line.Split(' '));
        Assert.Equal(ExitCode.Usage, said.ExitCode);
        Assert.Contains(expected, Assert.Single(said.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Devices_and_actors_are_a_line_each()
    {
        Assert.Equal([$"{First} | cpu | 2 threads | 25 GB | load 0.0 % | 0.0 blocks/s", "Count: 1 device"], await RunAsync("devices", "show"));
        Assert.Equal(["/user", "/user/admin", "/user/admin/log"], await RunAsync("actor", "hierarchy", "-d", "2"));
    }

    [Fact]
    public async Task A_tail_keeps_its_place_tells_of_gaps_and_begins_anew_with_its_node()
    {
        var answers = new Queue<TailLines>(
        [
            new TailLines(3, ["three", "four"], HasMore: true),
            new TailLines(9, ["nine"], HasMore: true),
            // The node was started again and counts from 0.
            new TailLines(1, [], HasMore: false),
            new TailLines(0, ["zero"], HasMore: false),
        ]);
        await using var seed = await FakeSeed.StartAsync(_ => answers.Dequeue());

        var said = await ScriptedTerminal.RunAsync("log", "tail", "--once", "--contact", seed.Address);

        Assert.Equal(ExitCode.Done, said.ExitCode);
        Assert.Equal(["three", "four", "nine", "zero"], said.Lines);
        Assert.Equal("4 lines came faster than they could be told and are forgotten.", said.Error.Trim());
        Assert.Equal([-1, 4, 9, -1], seed.Requests.Select(request => Assert.IsType<GetTail>(request).After));
    }

    [Fact]
    public async Task A_request_that_an_older_node_does_not_know_ends_with_both_versions()
    {
        await using var seed = await FakeSeed.StartAsync(_ => new RequestRefused(
            RefusalReason.UnknownRequest, "The node is of version 0.0.9, which does not know the request 'admin.members?'.", 5));

        var said = await ScriptedTerminal.RunAsync("cluster", "show", "--contact", seed.Address);

        Assert.Equal(ExitCode.Refused, said.ExitCode);
        Assert.Contains("0.0.9", said.Error, StringComparison.Ordinal);
        Assert.Contains($"This console is of version {ProgramVersion.Own}", said.Error, StringComparison.Ordinal);
    }

    private static async Task<string[]> RunAsync(params string[] arguments)
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);
        var said = await ScriptedTerminal.RunAsync([.. arguments, "--contact", seed.Address]);
        Assert.True(said.ExitCode == ExitCode.Done, said.Error);
        return said.Lines;
    }
}
