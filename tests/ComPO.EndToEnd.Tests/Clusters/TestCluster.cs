using System.Text.Json;
using ComPO.EndToEnd.Tests.Networks;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>A cluster of <see cref="TestNodes"/>, with consoles that have it do runs and are asked what becomes of them.</summary>
internal sealed class TestCluster : TestNodes
{
    private readonly StandingConsole _console = new();

    /// <inheritdoc/>
    public TestCluster(string[] seeds, string hocon = "", string seedRoles = "seed", TestNetwork? network = null, Func<int, int>? linkTo = null)
        : base(seeds, hocon, seedRoles, network, linkTo) => Contacts = seeds;

    /// <summary>The seeds that consoles ask: all, unless a test wants to hear one side alone.</summary>
    public IReadOnlyList<string> Contacts { get; set; }

    /// <summary>What consoles are given beside their command.</summary>
    public string[] ConsoleOptions { get; init; } = [];

    /// <summary>Starts a run.</summary>
    public Task StartRunAsync(string run, params string[] options) => CommandAsync(["start", "--run", run, "--output", Folder[run], "--json", .. options]);

    /// <summary>Has a command acknowledged; asks again while the cluster is between two supervisors.</summary>
    public async Task CommandAsync(params string[] command)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (await AdminAsync(command) is { ExitCode: not 0 } ended)
        {
            Assert.True(ended.ExitCode is 4 or 5, ended.Error);
            await Task.Delay(500, patience.Token);
        }
    }

    /// <summary>
    /// Has a run started over a line to a seed that is open already, so that between the acknowledgement and what the test does next lie milliseconds.
    /// </summary>
    public async Task StartRunAtOnceAsync(string seed, string run, params string[] options)
    {
        (await AskAsync(seed, ["status"])).Succeeded();
        (await AskAsync(seed, ["start", "--run", run, "--output", Folder[run], "--json", .. options])).Succeeded();
    }

    /// <summary>The status, once it can be had and is as wanted.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> isWanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (true)
        {
            var ended = await AdminAsync("status", "--json");
            if (ended.ExitCode == 0 && isWanted(ended.Json))
                return ended.Json;
            // A run that has failed does nothing any more.
            if (patience.IsCancellationRequested || ended.ExitCode == 0 && ended.Json.GetProperty("phase").GetString() == "failed")
                throw new TimeoutException($"It did not come to pass; the last answer was {ended.Output}{ended.Error}\n{LastWords()}");
            await Task.Delay(PollingInterval);
        }
    }

    /// <summary>
    /// Asks every seed by itself who leads, which is to be the same for all of them, with the same run as far: and of all of them one alone holds a supervisor.
    /// </summary>
    public async Task HasOneSupervisorAsync()
    {
        // A seed that has joined again may take a moment to find out.
        var views = new List<string>();
        var holders = new List<string>();
        foreach (var seed in Seeds)
        {
            var status = await AnswerOfAsync(seed, "status", "--json");
            views.Add(string.Join(' ', ((string[])["supervisor", "run", "phase", "committed", "headDigest"]).Select(member => status.GetProperty(member))));
            var actors = await AnswerOfAsync(seed, "actor", "hierarchy", "--depth", "2", "--json");
            if (actors.GetProperty("paths").EnumerateArray().Any(path => path.GetString() == "/user/supervisor/singleton"))
                holders.Add(AddressOf(seed));
        }
        Assert.Single(views.Distinct());
        Assert.StartsWith(Assert.Single(holders), views[0], StringComparison.Ordinal);
    }

    private async Task<JsonElement> AnswerOfAsync(string seed, params string[] command)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (true)
        {
            // A line that has stood for long may have turned to another seed meanwhile.
            var ended = await Programs.AdminAsync(line => On(seed, line), [.. command, "--contact", AddressOf(seed), .. ConsoleOptions]);
            if (ended.ExitCode == 0)
                return ended.Json;
            Assert.True(ended.ExitCode == 4, $"{seed}: {ended.Error}");
            await Task.Delay(500, patience.Token);
        }
    }

    /// <summary>The digest that the run ends with; its log has every iteration once.</summary>
    public async Task<string> HeadOfCompletedAsync(string run)
    {
        var (status, head) = await EndedAsync(run, "completed");
        Assert.Equal(status.GetProperty("iterations").GetInt32(), status.GetProperty("committed").GetInt32());
        return head;
    }

    /// <summary>Ends a run that would go on for long. Its log has every iteration once.</summary>
    /// <returns>After how many iterations it was, and with which digest.</returns>
    public async Task<(int Iterations, string Head)> StopRunAsync(string run)
    {
        await CommandAsync("stop", "--run", run);
        var (status, head) = await EndedAsync(run, "stopped");
        return (status.GetProperty("committed").GetInt32(), head);
    }

    private async Task<(JsonElement Status, string Head)> EndedAsync(string run, string phase)
    {
        var status = await UntilAsync(status => status.GetProperty("hasEnded").GetBoolean());
        Assert.Equal(phase, status.GetProperty("phase").GetString());
        var log = RunLog.Read(Folder[run]);
        Assert.Equal(Enumerable.Range(0, status.GetProperty("committed").GetInt32()), log.Iterations.Select(line => line.GetProperty("iteration").GetInt32()));
        var head = status.GetProperty("headDigest").GetString()!;
        Assert.Equal(head, log.Iterations[^1].GetProperty("headDigest").GetString());
        return (status, head);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _console.DisposeAsync();
    }

    /// <summary>Runs a command of the console against whichever seed answers.</summary>
    public async Task<Ended> AdminAsync(params string[] arguments)
    {
        Ended? ended = null;
        foreach (var seed in Contacts.OrderByDescending(IsUp))
        {
            ended = await AskAsync(seed, arguments);
            if (ended.ExitCode != 4)
                break;
        }
        return ended!;
    }

    // On a host of its own it takes a process there.
    private Task<Ended> AskAsync(string seed, string[] arguments)
    {
        string[] line = [.. arguments, "--contact", AddressOf(seed), .. ConsoleOptions];
        return IsReachable ? _console.RunAsync(seed, line) : Programs.AdminAsync(command => On(seed, command), line);
    }

    private TimeSpan PollingInterval => TimeSpan.FromMilliseconds(IsReachable ? 250 : 2000);
}
