using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Tests.Output;

public sealed class PastRunsTests
{
    [Fact]
    public async Task Runs_are_a_line_each_and_counted() => Assert.Equal(
        [
            "zero | failed | 2023-11-14 22:13:20Z | 12.0 s | 2 of 9 iterations, 1 accepted | /runs/zero",
            "one | paused | 2023-11-14 22:15:00Z | 1 min 15 s | 1 of 4 iterations, 1 accepted | /runs/one",
            "Count: 2 runs",
        ],
        await RunAsync(Samples.Answer, "runs"));

    [Fact]
    public async Task A_log_is_printed_whole_or_its_end()
    {
        Assert.Equal(5, (await RunAsync(Samples.Answer, "log", "--run", "zero")).Length);
        Assert.Equal([Samples.Line(3), Samples.Line(4)], await RunAsync(Samples.Answer, "log", "--last", "2", "--json"));
        Assert.Equal([""], await RunAsync(Samples.Answer, "log", "--last", "0"));
    }

    [Fact]
    public async Task A_log_is_followed_until_its_run_has_ended()
    {
        var looks = 0;
        var lines = await RunAsync(
            request => request is GetLog log
                ? new LogPage("one", log.AfterIteration + 1 < ++looks && log.AfterIteration < 3 ? [Samples.Line(log.AfterIteration + 1)] : [], Math.Min(looks, 4), looks > 6)
                : Samples.Answer(request),
            "log", "--follow", "--json");

        Assert.Equal([.. Enumerable.Range(0, 4).Select(i => Samples.Line(i))], lines);
    }

    [Fact]
    public async Task An_export_is_asked_about_until_it_is_written()
    {
        var asked = new List<ExportRun>();
        IComPOMessage Answer(IComPOMessage request)
        {
            if (request is ExportRun export)
                asked.Add(export);
            return request is ExportRun && asked.Count < 3 ? new ExportProgress(asked[0].Export, Model: null) : Samples.Answer(request);
        }

        Assert.Equal(
            [$$"""{"run":"zero","iteration":2,"headDigest":"{{Samples.Head}}","path":"/m/lm_head.safetensors","trainer":"{{Samples.Node.Address}}","headOnly":true,"survivingShare":0.5}"""],
            await RunAsync(Answer, "export", "--output", "/m", "--run", "zero", "--iteration", "2", "--head-only", "--json"));
        Assert.Equal(3, asked.Count);
        Assert.Single(asked.Distinct());
        Assert.Equal(
            [$"The model of run one after 1 committed iteration, {Samples.Head}, is /m on {Samples.Node.Address}."], await RunAsync(Samples.Answer, "export", "--output", "/m"));
    }

    private static async Task<string[]> RunAsync(Func<IComPOMessage, IComPOMessage> answer, params string[] arguments)
    {
        await using var seed = await FakeSeed.StartAsync(answer);
        var said = await ScriptedTerminal.RunAsync([.. arguments, "--contact", seed.Address]);
        Assert.True(said.ExitCode == ExitCode.Done, said.Error);
        return said.Lines;
    }
}
