using System.Net;
using System.Text.Json;
using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Node.Hosting;
using ComPO.Node.Web;

namespace ComPO.Node.Tests.Web;

public sealed class WebServerTests
{
    private static readonly HttpSettings AnyPort = new() { Hostname = "127.0.0.1", Port = 0, AnyPortWillDo = true, AllowedHosts = [] };

    [Fact]
    public async Task A_node_serves_its_health_until_it_stops()
    {
        using var client = new HttpClient();
        Uri address;
        await using (var node = await StartAsync(AnyPort))
        {
            address = node.WebAddress!;
            using var ready = await client.GetAsync(new Uri(address, "health/ready"), TestContext.Current.CancellationToken);
            var health = JsonDocument.Parse(await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;

            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            Assert.Equal("healthy", health.GetProperty("status").GetString());
            Assert.Equal(["cluster", "journal"], health.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()));
            Assert.False(ready.Headers.Contains("Server"));
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(address, "health/live"), TestContext.Current.CancellationToken)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(address, "health"), TestContext.Current.CancellationToken)).StatusCode);
        }
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(address, "health/live"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Who_calls_a_node_by_another_name_than_its_own_is_not_answered()
    {
        await using var node = await StartAsync(AnyPort);

        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(node, "evil.example"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, "localhost"));
    }

    [Fact]
    public async Task Names_that_are_allowed_are_answered_and_no_others()
    {
        await using var node = await StartAsync(AnyPort with { AllowedHosts = ["compo.example"] });

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, "compo.example"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(node, "localhost"));
    }

    [Fact]
    public async Task A_node_that_listens_to_all_the_world_is_called_by_the_addresses_of_its_machine()
    {
        await using var node = await StartAsync(AnyPort with { Hostname = "0.0.0.0" });

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, Dns.GetHostName()));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(node, "evil.example"));
    }

    private static async Task<HttpStatusCode> StatusAsync(ComPONode node, string host)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{node.WebAddress!.Port}/health/live") { Headers = { Host = host } };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static Task<ComPONode> StartAsync(HttpSettings http) => ComPONode.StartAsync(
        new NodeOptions { Roles = [NodeOptions.SeedRole], Port = 0 }, models: null, Config.Empty, new HostSettings { Http = http }, TestContext.Current.CancellationToken);
}
