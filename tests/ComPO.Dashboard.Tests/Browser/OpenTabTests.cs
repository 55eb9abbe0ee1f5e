using ComPO.Dashboard.Tests.Fakes;
using ComPO.Protocol;
using Microsoft.Playwright;

namespace ComPO.Dashboard.Tests.Browser;

/// <summary>A tab that is left open for hours. The memory of this process is the node's too, so that no other test runs meanwhile.</summary>
[Collection(Alone)]
public sealed class OpenTabTests(Chromium chromium)
{
    internal const string Alone = "alone";

    [Fact]
    public async Task Neither_the_tab_nor_the_node_grows()
    {
        await using var site = await DashboardSite.StartAsync();
        var random = new Random(1);
        var (committed, said) = (0, 0L);
        await using var tab = await chromium.OpenAsync(site.Address);
        var wire = await tab.Page.Context.NewCDPSessionAsync(tab.Page);

        // By then everything that is bounded is full.
        await ShowAsync(260);
        var before = await SizeAsync();
        await ShowAsync(700);
        var after = await SizeAsync();

        TestContext.Current.SendDiagnosticMessage("After 260 iterations {0}, after 700 {1}", before, after);
        Assert.InRange(after.Nodes, before.Nodes / 2, before.Nodes * 5 / 4);
        Assert.InRange(after.ScriptBytes, 0, before.ScriptBytes + 2_000_000);
        Assert.InRange(after.NodeBytes, 0, before.NodeBytes + 1_000_000);

        async Task ShowAsync(int until)
        {
            while (committed < until)
            {
                var lines = Enumerable.Range(committed, 20).Select(i => SampleRun.Line(i, random).ToJson()).ToList();
                var events = Enumerable.Range(committed, 20).Select(i => new ClusterEvent(SampleRun.Started + i, EventKind.UpdateAccepted, null, i, "Accepted."));
                committed += 20;
                said += lines.Sum(line => 2L * line.Length);
                site.Cluster.Say(SampleRun.Status(committed, 5000), lines, events);
                await tab.SeeAsync("#committed", committed.ToString("N0", System.Globalization.CultureInfo.InvariantCulture));
            }
            await Assertions.Expect(tab.Page.Locator($".heat td[title='Iteration {until - 1}']")).ToHaveCountAsync(1);
        }

        // Of what the node has in memory, what this test's cluster keeps is none of the dashboard's.
        async Task<(int Nodes, double ScriptBytes, long NodeBytes)> SizeAsync()
        {
            await wire.SendAsync("HeapProfiler.collectGarbage");
            var heap = await wire.SendAsync("Runtime.getHeapUsage");
            return (await tab.Page.EvaluateAsync<int>("document.querySelectorAll('*').length"), heap!.Value.GetProperty("usedSize").GetDouble(), GC.GetTotalMemory(forceFullCollection: true) - said);
        }
    }
}

[CollectionDefinition(OpenTabTests.Alone, DisableParallelization = true)]
public sealed class NothingBeside;
