using ComPO.Admin.Commands;
using ComPO.Admin.Connections;
using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.EndToEnd.Tests.Networks;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.Protocol;

namespace ComPO.Admin.Tests.Connections;

public sealed class ConnectionTests
{
    // Of nobody who would answer anyway.
    private static readonly Patience Hasty = ScriptedTerminal.Patient with { Contact = TimeSpan.FromSeconds(5) };

    // Of nodes that are there and do not answer.
    private static readonly Patience Answerless = ScriptedTerminal.Patient with { Answer = TimeSpan.FromSeconds(6) };

    private const string Nobody = "akka.tcp://ComPO@127.0.0.1:1";

    private static readonly string NobodyAnswered =
        $"No seed node answered at {Nobody} within 5 seconds; start one with 'dotnet ComPO.Node.dll --role seed,trainer', or name another with --contact.\n";

    [Fact]
    public async Task A_node_that_is_not_there_makes_every_command_exit_with_4_and_one_sentence()
    {
        // All at once, since each waits for a while.
        var said = await Task.WhenAll(CommandTable.Rows.Select(row => ScriptedTerminal.RunAsync(
            Hasty, [.. row.Name.Split(' '), .. row.Options.Where(option => option.Required).SelectMany(option => new[] { option.Name, option.HelpName == "ADDRESS" ? Nobody : "x" }), "--contact", Nobody])));

        Assert.All(CommandTable.Rows.Zip(said), each => Assert.Equal(
            (each.First.Name, ExitCode.ClusterUnreachable, "", NobodyAnswered), (each.First.Name, each.Second.ExitCode, each.Second.Output, each.Second.Error)));
        Assert.False(Directory.Exists("x"));
    }

    [Fact]
    public async Task A_node_that_is_not_there_ends_no_console_that_is_typed_at()
    {
        var said = await ScriptedTerminal.TypeAsync(Hasty, ["--contact", Nobody], "cluster show", "runs", "exit");

        Assert.Equal((ExitCode.Done, NobodyAnswered + NobodyAnswered), (said.ExitCode, said.Error));
        Assert.Equal(3, said.Output.Split("compo> ").Length - 1);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_exits_with_4_and_one_sentence()
    {
        await using var seed = await FakeSeed.StartAsync(_ => null);

        var said = await ScriptedTerminal.RunAsync(Answerless, "stop", "--contact", seed.Address);

        Assert.Equal((ExitCode.ClusterUnreachable, ""), (said.ExitCode, said.Output));
        Assert.Contains($"The node at {seed.Address} did not answer within 6 seconds", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_so_far_away_or_busy_that_it_answers_after_the_next_question_is_found()
    {
        var (port, far) = (FreePorts.Next(), FreePorts.Next());
        await using var link = new SlowLink(far, port) { Delay = TimeSpan.FromMilliseconds(400) };
        await using var seed = await FakeSeed.StartAsync(Samples.Answer, port, far);

        var said = await ScriptedTerminal.RunAsync(ScriptedTerminal.Patient with { Contact = TimeSpan.FromSeconds(20) }, "status", "--contact", seed.Address);

        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        Assert.Contains("phase: probing", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_supervisor_that_moves_costs_a_follower_no_line()
    {
        var asked = 0;
        await using var seed = await FakeSeed.StartAsync(request => request is GetProgress && ++asked is 1 or 3
            ? new RequestRefused(RefusalReason.NotReady, "It is moving.", (int)ExitCode.ClusterUnreachable)
            : Samples.Answer(request));

        var said = await ScriptedTerminal.RunAsync("watch", "--json", "--contact", seed.Address);

        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        Assert.Equal([Samples.Line(0), Samples.Line(1), Samples.Line(2, accepted: false), Samples.Line(3)], said.Lines[..^1]);
    }

    [Theory]
    [InlineData("log --json --follow")]
    [InlineData("log tail --once")]
    [InlineData("export --output /m --json")]
    public async Task A_node_that_ends_before_it_has_answered_and_is_started_again_costs_a_follower_nothing(string command)
    {
        var port = FreePorts.Next();
        FakeSeed? seed = null;
        var isAway = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = 0;
        seed = await FakeSeed.StartAsync(
            request =>
            {
                if (++asked < 2)
                    return request is GetTail ? new TailLines(0, ["zero"], HasMore: true) : request is ExportRun export ? new ExportProgress(export.Export, null) : Samples.Answer(request);
                isAway.TrySetResult();
                return null;
            },
            port);
        var saying = ScriptedTerminal.RunAsync(Answerless, [.. command.Split(' '), "--contact", seed.Address]);
        await isAway.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        await seed.DisposeAsync();
        Assert.False(saying.IsCompleted);
        await using var again = await FakeSeed.StartAsync(request => request is GetTail ? new TailLines(1, ["one"], HasMore: false) : Samples.Answer(request), port);
        var said = await saying;

        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        if (command.StartsWith("log tail", StringComparison.Ordinal))
            Assert.Equal(["zero", "one"], said.Lines);
    }

    [Theory]
    [InlineData("watch --json", true)]
    [InlineData("log tail", false)]
    public async Task A_seed_that_is_gone_for_good_has_the_next_one_asked_about_a_run_and_none_about_itself(string command, bool isOfTheRun)
    {
        var isAway = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = 0;
        var seed = await FakeSeed.StartAsync(request =>
        {
            if (request is GetStatus)
                return Samples.Answer(request);
            if (++asked == 1)
                return request is GetTail ? new TailLines(0, ["zero"], HasMore: false) : Samples.Answer(request);
            isAway.TrySetResult();
            return null;
        });
        await using var next = await FakeSeed.StartAsync(request => request is GetTail ? new TailLines(1, ["another's"], HasMore: false) : Samples.Answer(request), beside: seed);
        var saying = ScriptedTerminal.RunAsync(
            isOfTheRun ? Answerless : Answerless with { Contact = Hasty.Contact, Silence = TimeSpan.FromSeconds(20) }, [.. command.Split(' '), "--contact", seed.Address]);
        await isAway.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        await seed.DisposeAsync();
        // A tail of another node's would have no end.
        var said = await saying.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);

        Assert.Equal(isOfTheRun, !next.Requests.IsEmpty);
        if (isOfTheRun)
            Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        else
            Assert.Equal((ExitCode.ClusterUnreachable, "zero\n"), (said.ExitCode, said.Output));
    }
}
