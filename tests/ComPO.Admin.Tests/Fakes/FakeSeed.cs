using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Configuration;
using ComPO.Protocol;
using ComPO.Protocol.Serialization;

namespace ComPO.Admin.Tests.Fakes;

/// <summary>A seed node as a console sees it, over real remoting: what stands behind it answers as a test says.</summary>
internal sealed class FakeSeed : IAsyncDisposable
{
    private readonly ActorSystem _system;

    private FakeSeed(ActorSystem system) => _system = system;

    /// <summary>Everything that was asked, in order.</summary>
    public ConcurrentQueue<IComPOMessage> Requests { get; } = [];

    /// <summary>Where it listens.</summary>
    public string Address => Akka.Cluster.Cluster.Get(_system).SelfAddress.ToString();

    /// <summary>Starts a seed.</summary>
    /// <param name="answer">The answer to each request; null for none at all.</param>
    /// <param name="port">Where it listens; 0 for any free port.</param>
    /// <param name="publicPort">Where it is reached; 0 for where it listens.</param>
    /// <param name="beside">Another seed of the cluster; null for a cluster of its own.</param>
    public static async Task<FakeSeed> StartAsync(Func<IComPOMessage, IComPOMessage?> answer, int port = 0, int publicPort = 0, FakeSeed? beside = null)
    {
        var system = ActorSystem.Create(AdminAddress.SystemName, ConfigurationFactory.ParseString(
            $$"""
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}}, public-port = {{publicPort}} }
            akka.stdout-loglevel = OFF
            akka.loglevel = OFF
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            """)
            .WithFallback(ProtocolConfiguration.Hocon)
            .WithFallback(ClusterClientReceptionist.DefaultConfig())
            .WithFallback(DistributedPubSub.DefaultConfig()));
        var seed = new FakeSeed(system);
        var cluster = Akka.Cluster.Cluster.Get(system);
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.RegisterOnMemberUp(up.SetResult);
        cluster.Join(beside is null ? cluster.SelfAddress : Akka.Cluster.Cluster.Get(beside._system).SelfAddress);
        await up.Task.WaitAsync(TimeSpan.FromMinutes(2));
        ClusterClientReceptionist.Get(system).RegisterService(system.ActorOf(Props.Create(() => new Endpoint(seed, answer)), "admin"));
        return seed;
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();

    private sealed class Endpoint : ReceiveActor
    {
        public Endpoint(FakeSeed seed, Func<IComPOMessage, IComPOMessage?> answer) => Receive<IComPOMessage>(request =>
        {
            seed.Requests.Enqueue(request);
            if (answer(request) is { } reply)
                Sender.Tell(reply);
        });
    }
}
