using System.Diagnostics;
using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;
using Akka.Configuration;
using ComPO.Core.Errors;
using ComPO.Dashboard.Control;
using ComPO.Dashboard.Tests.Fakes;
using ComPO.Protocol;

namespace ComPO.Dashboard.Tests.Control;

public sealed partial class ControlTests
{
    private static readonly ClaimsPrincipal Anybody = new(new ClaimsIdentity());

    private static readonly ClaimsPrincipal Operator = new(new ClaimsIdentity([new Claim(ClaimTypes.Role, ControlPages.OperatorRole)], "test"));

    [Fact]
    public async Task Only_an_operator_pauses_resumes_and_stops_a_run()
    {
        await using var site = await DashboardSite.StartAsync();
        site.Cluster.Say(SampleRun.Status(3), SampleRun.Lines(3));
        var controls = site.Get<RunControls>();

        Assert.Contains("Only an operator", await controls.StopAsync(Anybody, "run"), StringComparison.Ordinal);
        Assert.DoesNotContain(site.Cluster.Requests, request => request is StopTraining);
        Assert.Contains("Only an operator", await controls.PauseAsync(Anybody, "run"), StringComparison.Ordinal);
        Assert.Contains("Only an operator", await controls.ResumeAsync(Anybody, "run"), StringComparison.Ordinal);
        Assert.DoesNotContain(site.Cluster.Requests, request => request is PauseTraining or ResumeTraining);
        Assert.Equal("run pauses after 3 iterations.", await controls.PauseAsync(Operator, "run"));
        Assert.Equal("run goes on after 3 iterations.", await controls.ResumeAsync(Operator, "run"));
        site.Cluster.Say(SampleRun.Status(3) with { Paused = "The disk is full.", PausedByFault = true });
        Assert.Equal("run was paused already, after 3 iterations.", await controls.PauseAsync(Operator, "run"));
        Assert.Equal("The folder of run cannot be written.", await controls.ResumeAsync(Operator, "run"));
        Assert.Contains("3 iterations will be kept", await controls.StopAsync(Operator, "run"), StringComparison.Ordinal);
        Assert.Equal("run", Assert.Single(site.Cluster.Requests.OfType<StopTraining>()).RunId);
    }

    [Fact]
    public async Task Without_a_token_nobody_is_let_in_and_the_page_says_so()
    {
        await using var site = await DashboardSite.StartAsync(token: null);
        using var browser = Browser(site);

        Assert.Contains("Read only", await browser.GetStringAsync(site.Address, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("Only an operator", await site.Get<RunControls>().StopAsync(Operator, "run"), StringComparison.Ordinal);
        Assert.False(new ControlToken(null).Is(""));
    }

    [Fact]
    public async Task The_token_is_taken_from_a_form_of_this_page_alone_and_stays_out_of_addresses()
    {
        await using var site = await DashboardSite.StartAsync();
        using var browser = Browser(site);

        // A form that another page made up.
        using var forged = await PostAsync(browser, DashboardSite.Token, form: null);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.False(forged.Headers.Contains("Set-Cookie"));

        var form = await FormAsync(browser);
        using var wrong = await PostAsync(browser, "not the token at all", form);
        Assert.Equal((HttpStatusCode.Redirect, "/?control=refused"), (wrong.StatusCode, wrong.Headers.Location!.ToString()));
        Assert.False(wrong.Headers.Contains("Set-Cookie"));

        using var right = await PostAsync(browser, DashboardSite.Token, form);
        Assert.Equal((HttpStatusCode.Redirect, "/"), (right.StatusCode, right.Headers.Location!.ToString()));
        var cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Lock controls", await browser.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guessing_is_slow()
    {
        await using var site = await DashboardSite.StartAsync();
        using var browser = Browser(site);
        var form = await FormAsync(browser);

        var answers = new List<string>();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 40; i++)
        {
            using var answer = await PostAsync(browser, $"guess number {i}", form);
            answers.Add(answer.Headers.Location!.ToString());
        }
        var tens = (int)(clock.Elapsed.TotalSeconds / 10);

        Assert.Equal([.. Enumerable.Repeat("/?control=refused", 5)], answers.Take(5));
        // Five in ten seconds, which may have begun before the first of these.
        Assert.InRange(answers.Count(answer => answer == "/?control=refused"), 5, 5 * (tens + 2));
        Assert.All(answers, answer => Assert.True(answer is "/?control=refused" or "/?control=wait", answer));
    }

    [Fact]
    public void The_token_comes_from_the_environment_before_the_configuration_and_is_no_short_one()
    {
        var config = ConfigurationFactory.ParseString("compo.dashboard { enabled = on, refresh-interval = 400ms, control-token = \"from the configuration\" }");

        Assert.Equal("from the environment", DashboardSettings.Read(config, "from the environment")!.ControlToken);
        Assert.Equal("from the configuration", DashboardSettings.Read(config, null)!.ControlToken);
        Assert.Null(DashboardSettings.Read(ConfigurationFactory.ParseString("compo.dashboard.control-token = \"\"").WithFallback(config), "")!.ControlToken);
        Assert.Contains("COMPO_DASHBOARD_TOKEN has 5 characters", Assert.Throws<UsageException>(() => DashboardSettings.Read(config, "short")).Message, StringComparison.Ordinal);
        Assert.Null(DashboardSettings.Read(ConfigurationFactory.ParseString("compo.dashboard.enabled = off").WithFallback(config), null));
    }

    [Fact]
    public void A_token_is_itself_alone()
    {
        var token = new ControlToken("sixteen letters and more");

        Assert.True(token.Is("sixteen letters and more"));
        Assert.All(new[] { "", "sixteen letters and mor", "sixteen letters and more ", "Sixteen letters and more" }, said => Assert.False(token.Is(said)));
    }

    private static HttpClient Browser(DashboardSite site) => new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = site.Address };

    private static async Task<string> FormAsync(HttpClient browser) =>
        FormToken().Match(await browser.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken)).Groups[1].Value;

    private static Task<HttpResponseMessage> PostAsync(HttpClient browser, string token, string? form)
    {
        var fields = new Dictionary<string, string> { [ControlPages.TokenField] = token };
        if (form is not null)
            fields["__RequestVerificationToken"] = form;
        return browser.PostAsync(new Uri(ControlPages.LetInPath, UriKind.Relative), new FormUrlEncodedContent(fields), TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
