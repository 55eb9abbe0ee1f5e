using System.Text.Json;
using ComPO.Admin.Commands;
using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Tests.Output;

public sealed class JsonTests
{
    private static readonly string[] StatusNames =
    [
        "run", "phase", "iteration", "iterations", "committed", "perturbationsDone", "perturbations", "improved", "predicted", "pair", "accepted", "notAccepted",
        "gateRefused", "chosenLogProbability", "rejectedLogProbability", "blocksPerSecond", "startedUnixMilliseconds", "elapsedSeconds", "remainingSeconds",
        "headDigest", "output", "modelFolder", "survivingShare", "failure", "exitCode", "skipped", "nodes", "supervisor",
        "gate", "lastEvent", "paused", "pausedByFault", "received", "hasEnded",
    ];

    [Fact]
    public async Task Every_command_of_the_table_prints_json_and_nothing_else()
    {
        var report = Directory.CreateTempSubdirectory("compo-json-").FullName;
        await using var seed = await FakeSeed.StartAsync(request => request is GetTail ? new TailLines(0, ["A line."], HasMore: false) : Samples.Answer(request));
        var needed = new Dictionary<string, string[]>
        {
            ["start"] = ["--model", "m", "--data", "d"],
            ["report"] = ["--output", report],
            ["export"] = ["--output", "m"],
            ["log tail"] = ["--once"],
            ["cluster tail"] = ["--once"],
            ["cluster join"] = ["-a", seed.Address],
            ["cluster down"] = ["-a", seed.Address],
            ["cluster status"] = ["-a", Samples.Members.Self],
        };

        foreach (var command in CommandTable.Rows)
        {
            var said = await ScriptedTerminal.RunAsync([.. command.Name.Split(' '), .. needed.GetValueOrDefault(command.Name, []), "--json", "--contact", seed.Address]);

            Assert.True((said.ExitCode, said.Error) == (ExitCode.Done, ""), $"{command.Name}: {said.Error}");
            Assert.All(said.Lines, line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
        }
        Directory.Delete(report, recursive: true);
    }

    [Fact]
    public async Task Status_is_one_object()
    {
        var status = Assert.Single(await RunAsync("status"));

        Assert.Equal(StatusNames, Names(status));
        Assert.Equal(("one", "probing", false), (status.GetProperty("run").GetString(), status.GetProperty("phase").GetString(), status.GetProperty("hasEnded").GetBoolean()));
        Assert.Equal("00112233445566778899aabbccddeeff", status.GetProperty("headDigest").GetString());
        Assert.Equal(["reason", "rows"], Names(status.GetProperty("skipped")[0]));
        Assert.Equal(["address", "computeClass", "devices", "state", "note", "hasBody", "modelMemoryBytes", "headDigest", "silentSeconds", "bytesSent", "bytesReceived", "received"], Names(status.GetProperty("nodes")[0]));
        Assert.Equal(["updateBytes", "featureBytes", "headBytes", "totalBytes"], Names(status.GetProperty("received")));
        Assert.Equal(["name", "threads", "memoryBytes", "blocksPerSecond", "load"], Names(status.GetProperty("nodes")[0].GetProperty("devices")[0]));
    }

    [Fact]
    public async Task Start_is_one_object_with_the_status_at_its_end()
    {
        var started = Assert.Single(await RunAsync("start", "--model", "m", "--data", "d", "--run", "one", "--wait"));

        Assert.Equal(["run", "alreadyKnown", "output", "status"], Names(started));
        Assert.Equal(("one", false, "/runs/one"), (started.GetProperty("run").GetString(), started.GetProperty("alreadyKnown").GetBoolean(), started.GetProperty("output").GetString()));
        Assert.Equal(StatusNames, Names(started.GetProperty("status")));
        Assert.Equal("completed", started.GetProperty("status").GetProperty("phase").GetString());
    }

    [Fact]
    public async Task A_plan_is_one_object()
    {
        var plan = Assert.Single(await RunAsync("start", "--model", "m", "--data", "d", "--dry-run"));

        Assert.Equal(
            [
                "pairsFound", "rowsScanned", "skipped", "iterations", "perturbations", "vocabularySize", "hiddenSize", "memoryBytesPerNode", "diskBytes",
                "estimatedSeconds", "nodes", "settings",
            ],
            Names(plan));
        Assert.Equal((5, 153, 2.7), (plan.GetProperty("pairsFound").GetInt32(), plan.GetProperty("rowsScanned").GetInt32(), plan.GetProperty("estimatedSeconds").GetDouble()));
        // As the run's log would have them.
        Assert.Equal(RunSettings.FromJson(plan.GetProperty("settings").GetRawText()).Perturbations, RunSettings.FromJson("""{"model":"m","data":"d"}""").Perturbations);
    }

    [Fact]
    public async Task Stop_is_one_object()
    {
        var stopping = Assert.Single(await RunAsync("stop"));

        Assert.Equal(["run", "committed"], Names(stopping));
        Assert.Equal(("one", 1), (stopping.GetProperty("run").GetString(), stopping.GetProperty("committed").GetInt32()));
    }

    [Fact]
    public async Task Pause_and_resume_are_one_object_each()
    {
        Assert.Equal(["run", "committed", "alreadyPaused"], Names(Assert.Single(await RunAsync("pause"))));
        Assert.Equal(["run", "committed"], Names(Assert.Single(await RunAsync("resume"))));
    }

    [Fact]
    public async Task Watch_is_the_log_s_own_lines_each_once_and_the_status_last()
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);

        var said = await ScriptedTerminal.RunAsync("watch", "--json", "--contact", seed.Address);

        Assert.Equal(ExitCode.Done, said.ExitCode);
        Assert.Equal([Samples.Line(0), Samples.Line(1), Samples.Line(2, accepted: false), Samples.Line(3)], said.Lines[..^1]);
        using var last = JsonDocument.Parse(said.Lines[^1]);
        Assert.Equal(["status"], Names(last.RootElement));
        Assert.Equal(StatusNames, Names(last.RootElement.GetProperty("status")));
        // It keeps its own place, so that a supervisor that moved meanwhile need not know it.
        Assert.Equal([-1, 1], seed.Requests.OfType<GetProgress>().Select(request => request.AfterIteration));
        Assert.All(seed.Requests.OfType<GetProgress>(), request => Assert.Equal("one", request.RunId));
    }

    [Fact]
    public async Task Start_sends_the_settings_that_its_options_give()
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);

        await ScriptedTerminal.RunAsync("start", "--model", "/m", "--data", "/d", "--run", "one", "--seed", "9", "--json", "--contact", seed.Address);

        var request = Assert.Single(seed.Requests.OfType<StartTraining>());
        Assert.Equal(("one", new RunSettings { Model = "/m", Data = "/d", Seed = 9 }.ToJson()), (request.RunId, request.SettingsJson));
    }

    private static async Task<JsonElement[]> RunAsync(params string[] command)
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);
        var said = await ScriptedTerminal.RunAsync([.. command, "--json", "--contact", seed.Address]);
        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        return [.. said.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(member => member.Name);
}
