using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Tests.Prompt;

public sealed class InteractiveConsoleTests
{
    [Fact]
    public async Task Lines_are_commands_until_exit()
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);

        var said = await ScriptedTerminal.TypeAsync(["--contact", seed.Address], "status", "", "stop --run one", "exit", "stop");

        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        Assert.Contains("phase: probing", said.Output, StringComparison.Ordinal);
        Assert.Equal([typeof(GetStatus), typeof(StopTraining)], seed.Requests.Select(request => request.GetType()));
        Assert.Equal(4, said.Output.Split("compo> ").Length - 1);
    }

    [Fact]
    public async Task What_is_said_of_the_active_run_names_it_to_the_cluster_so_that_a_record_of_it_is_about_no_later_one()
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);

        await ScriptedTerminal.TypeAsync(["--contact", seed.Address], "pause", "resume", "stop");

        Assert.Equal(
            ["pause one", "resume one", "stop one"],
            seed.Requests.Where(request => request is not GetStatus).Select(request => request switch
            {
                PauseTraining pause => $"pause {pause.RunId}",
                ResumeTraining resume => $"resume {resume.RunId}",
                StopTraining stop => $"stop {stop.RunId}",
                _ => request.GetType().Name,
            }));
    }

    [Fact]
    public async Task A_mistake_is_told_and_the_console_goes_on()
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);

        var said = await ScriptedTerminal.TypeAsync(["--contact", seed.Address], "frobnicate", "stop --colour red", "status");

        Assert.Equal(ExitCode.Done, said.ExitCode);
        Assert.Equal(2, said.Error.TrimEnd().Split('\n').Length);
        Assert.Contains("Unknown command 'frobnicate'", said.Error, StringComparison.Ordinal);
        Assert.Contains("phase: probing", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quotes_keep_a_path_with_blanks_together()
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);

        await ScriptedTerminal.TypeAsync(["--contact", seed.Address], "start --model \"/my models/m\" --data /d --run one");

        Assert.Contains("\"model\":\"/my models/m\"", Assert.Single(seed.Requests.OfType<StartTraining>()).SettingsJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_the_commands_and_the_options_of_one()
    {
        var said = await ScriptedTerminal.TypeAsync([], "help", "help start", "quit");

        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        foreach (var command in (string[])["start", "status", "watch", "stop", "exit", "--noise-threshold"])
            Assert.Contains(command, said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_was_started_again_is_found_again()
    {
        var first = await FakeSeed.StartAsync(_ => Samples.Idle);
        var address = first.Address;
        var port = int.Parse(address[(address.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        FakeSeed? second = null;
        // The second line is typed once the first node is gone and another stands in its place.
        using var lines = new TypedLines(
            () => Task.FromResult<string?>("status"),
            async () =>
            {
                await first.DisposeAsync();
                second = await FakeSeed.StartAsync(Samples.Answer, port);
                return "status";
            });

        var said = await ScriptedTerminal.TypeAsync(["--contact", address], lines);

        await second!.DisposeAsync();
        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        Assert.Contains("run: none has been started", said.Output, StringComparison.Ordinal);
        Assert.Contains("phase: probing", said.Output, StringComparison.Ordinal);
    }
}
