using System.Text.RegularExpressions;
using ComPO.Core.Runs;
using ComPO.Dashboard.Tests.Fakes;
using ComPO.Protocol;
using Microsoft.Playwright;

namespace ComPO.Dashboard.Tests.Browser;

public sealed class PageTests(Chromium chromium)
{
    [Fact]
    public async Task It_shows_what_happens_without_being_loaded_again_and_asks_nobody_else()
    {
        await using var site = await DashboardSite.StartAsync();
        await using var tab = await chromium.OpenAsync(site.Address);
        await tab.SeeAsync("#main", "No run yet");

        site.Cluster.Say(SampleRun.Status(43), SampleRun.Lines(43), SampleRun.Events);
        await tab.SeeAsync("#committed", "43");
        await tab.SeeAsync(".heat td[title='Iteration 42']", $"{Dashboard.Runs.IterationSummary.Of(SampleRun.Lines(43).Last()).Improved}");
        await tab.SeeAsync(".events", "It has said nothing for 8 seconds.");
        await tab.SeeAsync("#main", "its head has digest 90ab");
        site.Cluster.Say(SampleRun.Status(44), SampleRun.Lines(44).Skip(43));
        await tab.SeeAsync("#committed", "44");
        await Assertions.Expect(tab.Page.Locator(".heat td[title='Iteration 43']")).ToHaveCountAsync(1);
        site.Cluster.Say(SampleRun.Status(44, phase: RunPhase.Failed) with { Failure = "The disk of /srv/compo is full.", ExitCode = 8 });
        await tab.SeeAsync("[role=alert]", "The disk of /srv/compo is full.");

        await Assertions.Expect(tab.Page).ToHaveTitleAsync("Failed · llama-3-8b-ultrafeedback");
        Assert.Equal(1, tab.Loads);
        Assert.All(tab.Requests, request => Assert.Equal(site.Address.Authority, request.Authority));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task The_first_page_weighs_less_than_300_kilobytes_on_the_wire()
    {
        await using var site = await DashboardSite.StartAsync();
        site.Cluster.Say(SampleRun.Status(100), SampleRun.Lines(100), SampleRun.Events);
        await using var tab = await chromium.OpenAsync(new Uri("about:blank"));
        var wire = await tab.Page.Context.NewCDPSessionAsync(tab.Page);
        await wire.SendAsync("Network.enable");
        double bytes = 0;
        var answers = 0;
        wire.Event("Network.loadingFinished").OnEvent += (_, finished) =>
        {
            bytes += finished!.Value.GetProperty("encodedDataLength").GetDouble();
            answers++;
        };
        var plain = new List<string>();
        tab.Page.Response += (_, response) =>
        {
            if (response.Request.ResourceType is "document" or "script" or "stylesheet" && !response.Headers.ContainsKey("content-encoding"))
                plain.Add(response.Url);
        };

        await tab.Page.GotoAsync(site.Address.ToString());
        await tab.SeeAsync("#committed", "100");
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);

        TestContext.Current.SendDiagnosticMessage("The first page: {0:0} bytes in {1} answers", bytes, answers);
        Assert.True(answers >= 4, $"only {answers} answers were seen");
        Assert.InRange(bytes, 50_000, 300_000);
        Assert.Empty(plain);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task It_can_be_read_by_everybody_by_day_and_by_night(ColorScheme scheme)
    {
        await using var site = await DashboardSite.StartAsync();
        site.Cluster.Say(SampleRun.Status(43), SampleRun.Lines(43), SampleRun.Events);
        await using var tab = await chromium.OpenAsync(site.Address, scheme: scheme);
        await tab.SeeAsync("#committed", "43");

        Assert.Equal(scheme == ColorScheme.Dark, await tab.IsDarkAsync());
        await tab.PassAccessibilityAsync();
        // The switch goes from the system's to light to dark.
        await tab.Page.ClickAsync("#theme");
        Assert.False(await tab.IsDarkAsync());
        await tab.Page.ClickAsync("#theme");
        Assert.True(await tab.IsDarkAsync());
        await tab.Page.ReloadAsync();
        Assert.True(await tab.IsDarkAsync());
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("running")]
    [InlineData("failed")]
    public async Task A_phone_shows_all_of_it_without_scrolling_sideways(string state)
    {
        await using var site = await DashboardSite.StartAsync();
        var address = $"akka.tcp://ComPO@{new string('x', 60)}.{new string('y', 60)}.example:4053";
        var status = SampleRun.Status(43) with { Supervisor = address, RunId = new string('r', 120), Output = "/" + new string('o', 300) };
        if (state == "failed")
            status = status with { Phase = RunPhase.Failed, Failure = $"The folder /{new string('f', 300)} cannot be written." };
        if (state != "empty")
            site.Cluster.Say(status, SampleRun.Lines(43), SampleRun.Events);
        await using var tab = await chromium.OpenAsync(site.Address, 375, 812);
        await tab.SeeAsync("#main", state == "empty" ? "No run yet" : "rrrr");
        await tab.LiveAsync();

        Assert.Equal(375, await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Equal(state != "empty", await tab.Page.Locator("td.number").CountAsync() > 0);
        // A number and its unit stay together.
        Assert.Equal(0, await tab.Page.EvaluateAsync<int>(
            """
            [...document.querySelectorAll("td.number")].filter(cell => {
                const text = document.createRange();
                text.selectNodeContents(cell);
                return new Set([...text.getClientRects()].map(box => Math.round(box.top))).size > 1;
            }).length
            """));
        await tab.PassAccessibilityAsync();
    }

    [Fact]
    public async Task Charts_are_read_by_pointer_keys_and_as_tables()
    {
        await using var site = await DashboardSite.StartAsync();
        site.Cluster.Say(SampleRun.Status(43), SampleRun.Lines(43));
        await using var tab = await chromium.OpenAsync(site.Address);
        await tab.SeeAsync("#committed", "43");
        var card = tab.Page.Locator("section", new() { HasText = "Improved perturbations" }).First;
        await tab.LiveAsync();

        await card.Locator(".plot").FocusAsync();
        await tab.Page.Keyboard.PressAsync("End");
        await tab.SeeAsync(".tip", "Iteration 42");
        await tab.Page.Keyboard.PressAsync("ArrowLeft");
        await tab.SeeAsync(".tip", "Iteration 41");
        var box = (await card.Locator(".plot").BoundingBoxAsync())!;
        await tab.Page.Mouse.MoveAsync(box.X + 1, box.Y + box.Height / 2);
        await tab.SeeAsync(".tip", "Iteration 0");

        await card.GetByRole(AriaRole.Button, new() { Name = "Show the numbers" }).ClickAsync();
        await Assertions.Expect(card.Locator("tbody tr")).ToHaveCountAsync(43);
        var first = Dashboard.Runs.IterationSummary.Of(SampleRun.Lines(1).Single());
        await Assertions.Expect(card.Locator("tbody tr").Last).ToContainTextAsync($"{first.Improved}");
        await card.GetByRole(AriaRole.Button, new() { Name = "Hide the numbers" }).ClickAsync();
        await Assertions.Expect(card.Locator("tbody")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_operator_unlocks_the_controls_with_the_token_and_stops_the_run()
    {
        await using var site = await DashboardSite.StartAsync();
        site.Cluster.Say(SampleRun.Status(3), SampleRun.Lines(3));
        await using var tab = await chromium.OpenAsync(site.Address);
        await tab.SeeAsync("#committed", "3");
        await Assertions.Expect(tab.Page.GetByText("Stop …")).ToHaveCountAsync(0);

        await tab.Page.FillAsync("[name=token]", "this is not the token");
        await tab.Page.ClickAsync("text=Unlock");
        await tab.SeeAsync("header", "That is not the control token.");
        await tab.Page.FillAsync("[name=token]", DashboardSite.Token);
        await tab.Page.ClickAsync("text=Unlock");
        await tab.LiveAsync();
        await tab.Page.ClickAsync("text=Stop …");
        Assert.DoesNotContain(site.Cluster.Requests, request => request is StopTraining);
        await tab.Page.ClickAsync("text=Stop it");
        await tab.SeeAsync(".said", "is being stopped; 3 iterations will be kept.");
        Assert.Single(site.Cluster.Requests.OfType<StopTraining>());
        Assert.All(tab.Requests, request => Assert.DoesNotContain("token", request.Query, StringComparison.Ordinal));

        await tab.Page.ClickAsync("text=Lock controls");
        await Assertions.Expect(tab.Page.Locator("[name=token]")).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page.GetByText("Stop …")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_operator_pauses_a_run_sees_why_it_is_paused_and_resumes_it()
    {
        await using var site = await DashboardSite.StartAsync();
        var running = SampleRun.Status(3);
        site.Cluster.Say(running, SampleRun.Lines(3));
        await using var tab = await chromium.OpenAsync(site.Address);
        await tab.SeeAsync("#committed", "3");
        await Assertions.Expect(Button("Pause")).ToHaveCountAsync(0);
        await tab.Page.FillAsync("[name=token]", DashboardSite.Token);
        await tab.Page.ClickAsync("text=Unlock");
        await tab.LiveAsync();

        await Button("Pause").ClickAsync();
        await tab.SeeAsync(".said", "pauses after 3 iterations.");
        Assert.Equal(running.RunId, Assert.Single(site.Cluster.Requests.OfType<PauseTraining>()).RunId);
        site.Cluster.Say(running with { Paused = "An operator has paused it." });
        await tab.SeeAsync("#phase", "Pausing");
        await tab.SeeAsync("#pause", "Paused: An operator has paused it. The blocks in flight are finished first.");
        await Assertions.Expect(Button("Pause")).ToHaveCountAsync(0);
        site.Cluster.Say(running with { Paused = "An operator has paused it.", Phase = RunPhase.Paused });
        await tab.SeeAsync("#phase", "Paused");
        await Assertions.Expect(tab.Page.Locator("[role=alert]")).ToHaveCountAsync(0);
        await Button("Resume").ClickAsync();
        await tab.SeeAsync(".said", "goes on after 3 iterations.");
        Assert.Equal(running.RunId, Assert.Single(site.Cluster.Requests.OfType<ResumeTraining>()).RunId);

        // A fault stands out, and a run that cannot go on yet says why.
        site.Cluster.Say(running with { Paused = "The disk of /srv/compo is full.", PausedByFault = true, Phase = RunPhase.Paused });
        await tab.SeeAsync("[role=alert]#pause.bad", "Paused by a fault: The disk of /srv/compo is full.");
        await tab.PassAccessibilityAsync();
        await Button("Resume").ClickAsync();
        await tab.SeeAsync(".said", "cannot be written.");
        site.Cluster.Say(running);
        await Assertions.Expect(tab.Page.Locator("#pause")).ToHaveCountAsync(0);

        ILocator Button(string name) => tab.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
    }

    [Fact]
    public async Task It_shows_who_is_in_the_cluster_and_what_trainers_fetch()
    {
        const string second = "akka.tcp://ComPO@10.0.0.2:4053";
        await using var site = await DashboardSite.StartAsync();
        site.Cluster.Members = new ClusterMembers(second, second,
        [
            new MemberInfo(SampleRun.Leader, ["seed"], MemberState.Up, IsReachable: true, "1.2.3"),
            new MemberInfo(second, ["seed", "trainer"], MemberState.Joining, IsReachable: true, "1.2.3"),
        ]);
        site.Cluster.Say(SampleRun.Status(14), SampleRun.Lines(14));
        await using var tab = await chromium.OpenAsync(site.Address);
        var rows = tab.Page.Locator(".members tbody tr");

        await Assertions.Expect(rows).ToHaveTextAsync(["10.0.0.1:4053Supervisor seed Up 1.2.3", "10.0.0.2:4053Leader seed, trainer Joining 1.2.3"]);
        await tab.SeeAsync("#main", "2 nodes");
        site.Cluster.Members = site.Cluster.Members with { Members = [site.Cluster.Members.Members[0], site.Cluster.Members.Members[1] with { IsReachable = false }] };
        await Assertions.Expect(rows.Last).ToContainTextAsync("Unreachable");
        await tab.SeeAsync("#main", "2 nodes, 1 unreachable");

        // 14 iterations of 6.5 and 4.2 MB, of which 7 were accepted.
        var traffic = tab.Page.Locator(".traffic tbody tr");
        await Assertions.Expect(traffic.Nth(0)).ToHaveTextAsync("In this run 91 MB58.8 MB 512 MB661.8 MB");
        await Assertions.Expect(traffic.Nth(1)).ToHaveTextAsync("Per accepted iteration 13 MB8.4 MB –21.4 MB");
        await Assertions.Expect(traffic.Nth(2)).ToHaveTextAsync("10.0.0.11:4053 9 MB4 MB 512 MB525 MB");
    }

    [Fact]
    public async Task A_supervisor_that_moves_shows_and_so_does_its_return()
    {
        await using var site = await DashboardSite.StartAsync();
        site.Cluster.Say(SampleRun.Status(5), SampleRun.Lines(5));
        await using var tab = await chromium.OpenAsync(site.Address);
        await tab.SeeAsync(".where", "Live");

        site.Cluster.Say(null);
        await tab.SeeAsync("[role=alert]", "it may be moving to another seed");
        await tab.SeeAsync("#committed", "5");
        site.Cluster.Say(SampleRun.Status(6) with { Supervisor = "akka.tcp://ComPO@10.0.0.2:4053" }, SampleRun.Lines(6).Skip(5));
        await tab.SeeAsync("#committed", "6");
        await tab.SeeAsync(".where", "10.0.0.2:4053");
        await Assertions.Expect(tab.Page.Locator("[role=alert]")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Tiles_devices_iterations_and_charts_have_the_numbers_of_the_run()
    {
        await using var site = await DashboardSite.StartAsync();
        site.Cluster.Say(SampleRun.Status(43), SampleRun.Lines(43));
        await using var tab = await chromium.OpenAsync(site.Address);
        await tab.SeeAsync("#committed", "43");
        var log = SampleRun.Lines(43).Select(line => IterationRecord.FromJson(line, "line")).ToList();

        // 57 iterations of 2.6 s are to come; of 43, 21 were accepted and 6 were not.
        foreach (var (name, value) in new[]
        {
            ("Remaining", "2 min 28 s"), ("Elapsed", "1 min 52 s"), ("Accepted", "21"), ("Not accepted", "6"), ("Refused by the gate", "16"),
            ("Improved so far", "22.4 %"), ("Predicted", "22.1 %"), ("Pair, row", "130"), ("Blocks per second", "41.3"), ("Rows skipped", "15"),
        })
            await Assertions.Expect(tab.Page.Locator(".tiles div").Filter(new() { Has = tab.Page.GetByText(name, new() { Exact = true }) }).Locator("dd")).ToHaveTextAsync(value);

        var devices = tab.Page.Locator("section[aria-labelledby=devices-title] tr:has(.device)");
        await Assertions.Expect(devices).ToHaveTextAsync(
        [
            "cuda:0 8 threads 85.9 GB 14.2 97 %", "cuda:1 8 threads 85.9 GB 13.9 96 %", "cuda:0 8 threads 85.9 GB 0.00 0 %", "cuda:0 8 threads 85.9 GB 0.00 0 %",
        ]);
        await Assertions.Expect(devices.First.Locator("meter")).ToHaveAttributeAsync("value", "0.97");

        var iterations = tab.Page.Locator("section[aria-labelledby=iterations-title] tbody tr");
        await Assertions.Expect(iterations).ToHaveCountAsync(12);
        foreach (var (record, row) in log.AsEnumerable().Reverse().Take(12).Zip(await iterations.AllTextContentsAsync()))
            Assert.Contains(WhyOf(record), row, StringComparison.Ordinal);
        Assert.Equal(3, log.TakeLast(12).Select(record => record.Verdict).Distinct().Count());

        await SummaryAsync("logp-title", $"Chosen: first {log[0].After.Chosen:0.0}, last {log[^1].After.Chosen:0.0}. Rejected: first {log[0].After.Rejected:0.0}, last {log[^1].After.Rejected:0.0}.");
        var searched = log.Last(record => record.LineSearch is not null);
        await SummaryAsync("search-title", $"iteration {searched.Iteration}. At step 5: ");
        await SummaryAsync("alignment-title", $"Lowest {log.Min(record => record.Alignment):0.000}, highest {log.Max(record => record.Alignment):0.000}");

        async Task SummaryAsync(string title, FormattableString text)
        {
            var plot = tab.Page.Locator($"section[aria-labelledby={title}] .plot");
            await Assertions.Expect(plot).ToHaveAttributeAsync("aria-label", new Regex(Regex.Escape(FormattableString.Invariant(text))));
            await Assertions.Expect(plot.Locator("path.line").First).ToHaveAttributeAsync("d", new Regex(@"^M[\d.]+ [\d.]+.*L"));
        }

        // As the sample was made: what is accepted wins 0.18 and loses 0.24 nats; at step 5 what is not loses 0.01·5 + 0.0006·25 and 0.05·5 + 0.0004·25.
        static string WhyOf(IterationRecord record) => record.Verdict switch
        {
            IterationVerdict.Accepted => "Acceptedchosen +0.180, rejected −0.240",
            IterationVerdict.NotAccepted => "Not acceptedat step 5 chosen −0.065, rejected −0.260",
            _ => FormattableString.Invariant($"Gate refused{100.0 * record.Improved / record.Perturbations:0.0} % improved, more than 20.0 % needed"),
        };
    }

    [Fact]
    public async Task A_page_of_a_node_that_was_started_again_comes_back_by_itself()
    {
        var site = await DashboardSite.StartAsync();
        var port = site.Address.Port;
        site.Cluster.Say(SampleRun.Status(5), SampleRun.Lines(5));
        await using var tab = await chromium.OpenAsync(site.Address);
        await tab.LiveAsync();
        await site.DisposeAsync();
        await Assertions.Expect(tab.Page.Locator("#components-reconnect-modal")).ToBeVisibleAsync();

        await using var again = await DashboardSite.StartAsync(port: port);
        again.Cluster.Say(SampleRun.Status(9), SampleRun.Lines(9));
        await Assertions.Expect(tab.Page.Locator("#committed")).ToHaveTextAsync("9");
    }
}
