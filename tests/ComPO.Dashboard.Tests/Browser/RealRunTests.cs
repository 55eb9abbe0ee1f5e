using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ComPO.Dashboard.Charts;
using ComPO.Dashboard.Tests.Terminals;
using ComPO.EndToEnd.Tests;
using ComPO.EndToEnd.Tests.Processes;
using Microsoft.Playwright;

namespace ComPO.Dashboard.Tests.Browser;

/// <summary>A real run on real nodes, as an operator sees it from the first page to the end; the pictures of the README are taken on the way.</summary>
public sealed class RealRunTests(Chromium chromium)
{
    private const string Token = "the operator's token of this test";

    // The folder for the pictures, from the repository's root; without it they are smaller and go with the test.
    private static readonly string? Pictures =
        Environment.GetEnvironmentVariable("COMPO_PICTURES") is { Length: > 0 } wanted ? Path.Combine(Repository.Root, wanted) : null;

    // The iterations that are waited for, and those of a run that is not over before it is stopped, however long that takes on this machine.
    private static readonly (int Iterations, int Of, int Perturbations) Length = Pictures is null ? (4, 100_000, 300) : (24, 200, 1800);

    [Fact]
    public async Task An_operator_sees_trainers_join_and_a_run_go_on_and_stops_it()
    {
        var (model, pairs) = (Repository.Data("models", "stories260K"), Repository.Data("prefs", "ultrafeedback", "train1000.trl-layout.jsonl"));
        using var folder = new TemporaryFolder();
        var port = FreePorts.Next();
        await using var seed = Programs.StartNode(
            command => ["env", $"{DashboardSettings.TokenVariable}={Token}", .. command],
            ["--role", "seed", "--port", "0", "--http-port", $"{port}", "--state", folder["seed"]]);
        var address = await Programs.AddressOfAsync(seed);
        await using var tab = await chromium.OpenAsync(new Uri($"http://127.0.0.1:{port}/"), 1200, 860);
        await using var phone = await chromium.OpenAsync(new Uri($"http://127.0.0.1:{port}/"), 375, 812, ColorScheme.Dark);
        await tab.SeeAsync("#main", "No run yet");
        await tab.LiveAsync();

        await using var first = Trainer("first");
        await using var second = Trainer("second");
        await Assertions.Expect(tab.Page.Locator(".device")).ToHaveCountAsync(2);
        var started = await Programs.AdminAsync(
            "start", "--run", "stories-ultrafeedback", "--model", model, "--data", pairs, "--noise-threshold", "50", "--iterations", $"{Length.Of}", "--perturbations", $"{Length.Perturbations}",
            "--output", folder["run"], "--contact", address, "--json");
        started.Succeeded();
        foreach (var page in new[] { tab, phone })
            await page.Page.Locator(".heat td[title]").Nth(Length.Iterations - 1).WaitForAsync();
        await TakePicturesAsync(tab, phone, folder);
        Assert.True(Pictures is null || TerminalScreen.IsHere, "Pictures of the console take tmux; .ci/install-chromium installs it.");
        await using var console = TerminalScreen.IsHere ? await OpenConsoleAsync(address, folder) : null;
        await tab.PassAccessibilityAsync();
        Assert.Equal(375, await phone.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Equal((1, 1), (tab.Loads, phone.Loads));

        await tab.Page.FillAsync("[name=token]", Token);
        await tab.Page.ClickAsync("text=Unlock");
        await tab.LiveAsync();
        await tab.Page.ClickAsync("text=Stop …");
        await tab.Page.ClickAsync("text=Stop it");
        await tab.SeeAsync("#phase", "Stopped");
        await phone.SeeAsync("#phase", "Stopped");
        if (console is not null)
            await console.SeeAsync(text => text.Contains("stories-ultrafeedback was stopped", StringComparison.Ordinal));

        await SameAsTheLogAsync(tab, Path.Combine(folder["run"], "run.jsonl"));
        Assert.All(tab.Requests.Concat(phone.Requests), request => Assert.Equal($"127.0.0.1:{port}", request.Authority));
        Assert.All(tab.Requests, request => Assert.DoesNotContain("token", request.PathAndQuery, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(Token, seed.Output + seed.Error, StringComparison.Ordinal);
        Assert.Empty(tab.Complaints.Concat(phone.Complaints));

        RunningProcess Trainer(string name) =>
            Programs.StartNode("--role", "trainer", "--port", "0", "--threads", "1", "--seed-node", address, "--state", folder[name]);
    }

    private static async Task TakePicturesAsync(Tab tab, Tab phone, TemporaryFolder folder)
    {
        var pictures = Pictures ?? folder["pictures"];
        await tab.PictureAsync(Path.Combine(pictures, "dashboard.png"));
        await phone.PictureAsync(Path.Combine(pictures, "dashboard-phone.png"));
        await tab.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        Assert.True(await tab.IsDarkAsync());
        await tab.PictureAsync(Path.Combine(pictures, "dashboard-heat-map.png"), "section:has(.heat)");
        await tab.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        Assert.All(Directory.GetFiles(pictures, "dashboard*.png"), file => Assert.InRange(new FileInfo(file).Length, 10_000, 200_000));
    }

    // The same run at the console's prompt, in a terminal as wide as its lines, where watch then goes on.
    private static async Task<TerminalScreen> OpenConsoleAsync(string address, TemporaryFolder folder)
    {
        const int columns = 132;
        var pictures = Pictures ?? folder["pictures"];
        var console = await TerminalScreen.StartAsync(
            columns, 30, "env", $"XDG_STATE_HOME={folder["console"]}", "dotnet", Repository.Executable("ComPO.Admin"), "--contact", address);
        await console.SeeAsync(text => text.Contains("compo>", StringComparison.Ordinal));
        await console.TypeAsync("status");
        await console.SeeAsync(text => text.Contains("supervisor", StringComparison.Ordinal));
        await console.TypeAsync("devices show");
        var status = await console.SeeAsync(text => text.Contains("Count: 2 devices", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(pictures, "console.svg"), ScreenPicture.Of(status, columns), TestContext.Current.CancellationToken);
        await console.TypeAsync("watch");
        // Each iteration is on a line of its own, above the bars.
        var watched = await console.SeeAsync(text => text.Contains($"of {Length.Of} iterations", StringComparison.Ordinal) && text.Contains("probing, row", StringComparison.Ordinal));
        Assert.Contains(watched, line => line.Contains("improved", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(pictures, "console-watch.svg"), ScreenPicture.Of(watched, columns), TestContext.Current.CancellationToken);
        return console;
    }

    // The log is what the run folder keeps; its bits are counted here by themselves.
    private static async Task SameAsTheLogAsync(Tab tab, string log)
    {
        var lines = File.ReadLines(log).Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.TryGetProperty("iteration", out _)).ToList();
        await tab.SeeAsync("#committed", lines.Count.ToString("N0", CultureInfo.InvariantCulture));
        // The heat map has the last columns of a long run.
        var first = Math.Max(0, ((lines.Count - 1) / HeatMap.Rows - HeatMap.MostColumns + 1) * HeatMap.Rows);
        foreach (var (i, line) in lines.Skip(first).Index())
        {
            var improved = Convert.FromBase64String(line.GetProperty("outcomes").GetString()!).Sum(bits => BitOperations.PopCount(bits));
            await Assertions.Expect(tab.Page.Locator(".heat tbody tr").Nth(i % HeatMap.Rows).Locator("td").Nth(i / HeatMap.Rows)).ToHaveTextAsync($"{improved}");
        }
    }
}
