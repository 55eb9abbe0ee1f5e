using System.Net;
using System.Text.Json;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Readiness of real nodes follows what happens to them.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_trainer_is_ready_once_it_has_joined_and_not_before()
    {
        // The seed may take a while to come on a busy machine.
        await using var cluster = new TestCluster(["seed"], "akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 5m");
        var port = FreePorts.Next();
        // It looks for a seed that is not there yet.
        cluster.Launch("trainer", "--http-port", $"{port}");
        var before = await HealthAsync(port, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("unhealthy", Check(before, "cluster"));
        Assert.Equal("unhealthy", Check(before, "registration"));
        Assert.Equal("healthy", Check(await HealthAsync(port, HttpStatusCode.OK, "live"), "actor-system"));

        await cluster.StartAsync("seed");

        var after = await HealthAsync(port, HttpStatusCode.OK);
        Assert.Equal(("healthy", "healthy"), (Check(after, "cluster"), Check(after, "registration")));
    }

    [Fact]
    public async Task A_seed_whose_database_is_gone_is_not_ready_but_lives()
    {
        var postgres = await PostgresServer.StartAsync();
        await using var cluster = new TestCluster(
            ["seed"], $$"""compo.persistence { journal = postgresql, connection-string = "{{postgres.ConnectionString}}" }""");
        var port = FreePorts.Next();
        await cluster.StartAsync("seed", "--http-port", $"{port}", "--seed-node", cluster.AddressOf("seed"));
        Assert.Equal("healthy", Check(await HealthAsync(port, HttpStatusCode.OK), "journal"));

        await postgres.DisposeAsync();

        var without = await HealthAsync(port, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(("unhealthy", "healthy"), (Check(without, "journal"), Check(without, "cluster")));
        await HealthAsync(port, HttpStatusCode.OK, "live");
    }

    private static string Check(JsonElement health, string name) =>
        health.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == name).GetProperty("status").GetString()!;

    /// <summary>The answer, once its code is the expected one.</summary>
    private static async Task<JsonElement> HealthAsync(int port, HttpStatusCode expected, string kind = "ready")
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(3));
        using var client = new HttpClient();
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync($"http://127.0.0.1:{port}/health/{kind}", patience.Token);
                if (answer.StatusCode == expected)
                    return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(patience.Token)).RootElement;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
            await Task.Delay(200, patience.Token);
        }
    }
}
