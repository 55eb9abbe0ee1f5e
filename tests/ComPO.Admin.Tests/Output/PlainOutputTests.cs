using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Tests.Output;

public sealed class PlainOutputTests
{
    [Fact]
    public async Task Status_is_named_facts_without_any_drawing()
    {
        var lines = await RunAsync(Samples.Answer, "status");

        Assert.Equal(
            [
                "run: one",
                "phase: probing",
                "iterations: 1 of 4 done",
                "updates: 1 accepted, 0 not accepted, 0 refused by the gate",
                "pair: row 7",
                "perturbations: 900 of 1800, improved 25.0 % (predicted 24.0 %)",
                "last pair: chosen -10.5000, rejected -12.2500",
                "elapsed: 1 min 15 s",
                "remaining: about 3 min 45 s",
                "traffic: updates 6.5 MB, features 4.2 MB a trainer and iteration; heads 300 kB; 11 MB in all",
                "head digest: 00112233445566778899aabbccddeeff",
                "run folder: /runs/one",
                "skipped: 3 rows tooLong",
                "supervisor: akka.tcp://ComPO@127.0.0.1:4053",
                "trainer: akka.tcp://ComPO@127.0.0.1:4053  cpu (2 threads, 25 GB)  cpu-amd-avx512-fp32-libtorch2.10.0",
            ],
            lines);
    }

    [Fact]
    public async Task A_cluster_without_a_run_says_so()
    {
        var lines = await RunAsync(_ => Samples.Idle with { Nodes = [] }, "status");

        Assert.Equal(["run: none has been started", "supervisor: akka.tcp://ComPO@127.0.0.1:4053", "trainers: none has joined"], lines);
    }

    [Fact]
    public async Task A_plan_is_named_facts()
    {
        var lines = await RunAsync(Samples.Answer, "start", "--model", "m", "--data", "d", "--dry-run");

        Assert.Equal(
            ["noisy pairs: 5 in 153 rows", "skipped: 124 rows tooLong", "iterations: 5 of 1,800 perturbations", "head: 512 x 64", "memory: 1.3 MB on each trainer"],
            lines[..5]);
        Assert.Contains("time: about 2.7 s", lines);
    }

    [Fact]
    public async Task Waiting_prints_a_line_an_iteration_and_how_the_run_ended()
    {
        var lines = await RunAsync(Samples.Answer, "start", "--model", "m", "--data", "d", "--run", "one", "--wait");

        Assert.Equal("Run one was started; its folder is /runs/one.", lines[0]);
        Assert.Equal(
            "   0  row 100    improved 25.0 % (predicted 27.0 %)  chosen -10.0000 → -9.5000  rejected -12.0000 → -12.5000  accepted", lines[1]);
        Assert.Equal("   2  row 102    improved 25.0 % (predicted 27.0 %)  chosen -10.0000  rejected -12.0000  refused by the gate", lines[3]);
        Assert.Equal("Run one is complete: 4 iterations, 3 updates accepted, in 1 min 15 s.", lines[5]);
        Assert.Contains("survives: 34.0 % of the changed entries, in the base's number type", lines);
        Assert.Contains("model: /runs/one/model", lines);
    }

    [Fact]
    public async Task Stop_is_one_sentence() => Assert.Equal(
        ["Run one is stopping; its 1 committed iteration will be kept."], await RunAsync(Samples.Answer, "stop"));

    [Fact]
    public async Task Pausing_and_resuming_are_a_sentence_each()
    {
        Assert.Equal(
            ["Run one pauses after 1 committed iteration, once the blocks in flight are in; resume goes on."], await RunAsync(Samples.Answer, "pause"));
        Assert.Equal(["Run one goes on after 1 committed iteration."], await RunAsync(Samples.Answer, "resume", "--run", "one"));
        Assert.Equal(
            ["Run one was paused already, after 2 committed iterations."],
            await RunAsync(request => request is PauseTraining ? new TrainingPausing("one", 2, AlreadyPaused: true) : Samples.Answer(request), "pause"));
    }

    [Fact]
    public async Task A_paused_run_says_why_in_its_status_and_while_it_is_watched()
    {
        var paused = Samples.Probing with { Phase = RunPhase.Paused, Paused = "The disk is full.", PausedByFault = true };

        var lines = await RunAsync(_ => paused, "status");
        Assert.Equal(["phase: paused", "paused: The disk is full."], lines[1..3]);

        var looks = 0;
        lines = await RunAsync(
            request => request is GetProgress ? new TrainingProgress([], HasMore: false, ++looks < 3 ? paused : Samples.Completed) : Samples.Answer(request), "watch");
        Assert.Equal(["Run one is paused: The disk is full.", "Run one goes on."], lines[..2]);
    }

    [Fact]
    public async Task There_is_nothing_to_watch_before_a_first_run()
    {
        await using var seed = await FakeSeed.StartAsync(_ => Samples.Idle);

        var said = await ScriptedTerminal.RunAsync("watch", "--contact", seed.Address);

        Assert.Equal((ExitCode.Refused, "There is nothing to watch: no run has been started; 'start' starts one.\n"), (said.ExitCode, said.Error));
    }

    private static async Task<string[]> RunAsync(Func<IComPOMessage, IComPOMessage> answer, params string[] command)
    {
        await using var seed = await FakeSeed.StartAsync(answer);
        var said = await ScriptedTerminal.RunAsync([.. command, "--contact", seed.Address]);
        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        Assert.DoesNotContain('\e', said.Output);
        return said.Lines;
    }
}
