using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Runs;

[Collection(OneNode.Name)]
public sealed class SameBitsTests(RunningNode node) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("row")]
    [InlineData("full")]
    [Trait("Invariant", "1 Same bits")]
    public async Task One_seed_gives_one_head_on_any_node_with_any_number_of_threads(string space)
    {
        var head = await HeadAsync(node.Address, space, "first");
        Assert.Equal(head, await HeadAsync(node.Address, space, "again"));
        Assert.NotEqual(head, await HeadAsync(node.Address, space, "other", "--seed", "2"));

        await using var other = Programs.StartNode("--role", "seed,trainer", "--port", "0", "--threads", "1");
        Assert.Equal(head, await HeadAsync(await Programs.AddressOfAsync(other), space, "one-thread"));
    }

    private async Task<string> HeadAsync(string address, string space, string name, params string[] more)
    {
        var ended = await Programs.AdminAsync(
            [
                "start", "--contact", address, "--run", $"{space}-{name}", "--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--offset", "147", "--iterations", "2",
                "--perturbations", "1000", "--gate", "0.01", "--space", space, "--output", _folder[name], "--wait", "--json", .. more,
            ]);
        var status = ended.Succeeded().Json.GetProperty("status");
        Assert.True(status.GetProperty("accepted").GetInt32() >= 1);
        return status.GetProperty("headDigest").GetString()!;
    }
}
