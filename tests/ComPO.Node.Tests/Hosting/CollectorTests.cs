using System.Collections.Concurrent;
using System.Text;
using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using ComPO.Core.Telemetry;
using ComPO.Node.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ComPO.Node.Tests.Hosting;

public sealed class CollectorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_node_sends_its_metrics_and_spans_to_the_collector_that_is_named()
    {
        var received = new ConcurrentDictionary<string, string>();
        await using var collector = await StartCollectorAsync(received);
        var hosting = HostSettings.Read(
            ConfigurationFactory.ParseString($"compo.telemetry.otlp.endpoint = \"{collector.Urls.Single()}\"\ncompo.http.port = off"), isSeed: true, verbose: false);
        await using (await ComPONode.StartAsync(
            new NodeOptions { Roles = [NodeOptions.SeedRole], Port = 0 }, models: null, Config.Empty, hosting, TestContext.Current.CancellationToken))
        {
            Instruments.RunsStarted.Add(1);
            Instruments.Activities.StartActivity("iteration")!.Dispose();
        }

        // A node that ends sends what it has; it waits for a busy collector, but not for ever.
        foreach (var (service, word) in ((string, string)[])[("metrics.v1.MetricsService", "compo.runs.started"), ("trace.v1.TraceService", "iteration")])
        {
            Assert.True(
                SpinWait.SpinUntil(() => received.GetValueOrDefault($"/opentelemetry.proto.collector.{service}/Export", "").Contains(word, StringComparison.Ordinal), Patience),
                $"{service} got no {word}, but: {string.Join('\n', received.Values)}");
        }
    }

    [Fact]
    public void A_collector_that_is_no_address_is_refused_by_name()
    {
        var refusal = Assert.Throws<UsageException>(() => HostSettings.Read(
            ConfigurationFactory.ParseString("compo.telemetry.otlp.endpoint = \"collector:4317\""), isSeed: true, verbose: false));

        Assert.Contains("compo.telemetry.otlp.endpoint is 'collector:4317'", refusal.Message, StringComparison.Ordinal);
    }

    // What gRPC is on the wire: a POST by HTTP/2, answered by an empty message and a status.
    private static async Task<WebApplication> StartCollectorAsync(ConcurrentDictionary<string, string> received)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var sent = Encoding.Latin1.GetString(body.ToArray());
            received.AddOrUpdate(context.Request.Path, sent, (_, before) => before + sent);
            context.Response.ContentType = "application/grpc";
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await collector.StartAsync();
        return collector;
    }
}
