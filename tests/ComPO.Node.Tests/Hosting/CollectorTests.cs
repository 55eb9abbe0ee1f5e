using System.Collections.Concurrent;
using System.Text;
using Akka.Configuration;
using ComPO.Cluster;
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

        // A node that ends sends what it has.
        Assert.Contains("compo.runs.started", received["/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"], StringComparison.Ordinal);
        Assert.Contains("iteration", received["/opentelemetry.proto.collector.trace.v1.TraceService/Export"], StringComparison.Ordinal);
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
            received[context.Request.Path] = Encoding.Latin1.GetString(body.ToArray());
            context.Response.ContentType = "application/grpc";
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await collector.StartAsync();
        return collector;
    }
}
