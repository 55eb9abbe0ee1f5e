using System.Text.Json;
using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Configuration;
using Akka.Hosting;
using ComPO.Cluster.Configuration;
using ComPO.Core.Engines;
using ComPO.Protocol;
using ComPO.Protocol.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ComPO.Cluster.Tests.Fakes;

/// <summary>A node in this process with its own actor system, remoting on a free port.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    /// <summary>For a seed of several, which share a journal. Where nobody leads, nobody need be there to keep it.</summary>
    public const string SharedJournal = """
        compo.persistence { journal = postgresql, connection-string = "Host=127.0.0.1;Port=1" }

        """;

    private readonly IHost _host;

    private TestNode(IHost host, ActorSystem system) => (_host, System) = (host, system);

    public ActorSystem System { get; }

    public Address Address => Akka.Cluster.Cluster.Get(System).SelfAddress;

    public static async Task<TestNode> StartAsync(string[] roles, IModelLoader? models, Address? seed = null, string hocon = "", string? state = null, bool mustJoin = true)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAkka("ComPO", akka => akka
            .ConfigureLoggers(loggers => loggers.LogLevel = Akka.Event.LogLevel.ErrorLevel)
            .AddComPO(
                new NodeOptions { Roles = roles, Port = 0, SeedNodes = seed is null ? [] : [seed], StateFolder = state }, models, ConfigurationFactory.ParseString(hocon)));
        var host = builder.Build();
        await host.StartAsync();
        var system = host.Services.GetRequiredService<ActorSystem>();
        var up = new TaskCompletionSource();
        Akka.Cluster.Cluster.Get(system).RegisterOnMemberUp(up.SetResult);
        if (mustJoin)
            await up.Task.WaitAsync(Patience.Longest);
        return new TestNode(host, system);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

/// <summary>A console: a light actor system that reaches nodes as ComPO.Admin does.</summary>
internal sealed class TestConsole : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly IActorRef _client;

    public TestConsole(Address contact)
    {
        _system = ActorSystem.Create("Console", ConfigurationFactory.ParseString(
            """
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.loglevel = ERROR
            """)
            .WithFallback(ProtocolConfiguration.Hocon)
            .WithFallback(ClusterClientReceptionist.DefaultConfig())
            .WithFallback(DistributedPubSub.DefaultConfig()));
        var settings = ClusterClientSettings.Create(_system)
            .WithInitialContacts([ActorPath.Parse($"{contact}/system/receptionist")]);
        _client = _system.ActorOf(ClusterClient.Props(settings));
    }

    public Task<IComPOMessage> AskAsync(IComPOMessage request) =>
        _client.Ask<IComPOMessage>(new ClusterClient.Send(AdminAddress.EndpointPath, request), Patience.Longest);

    /// <summary>Sends something to an actor of the cluster by its path, whether or not consoles are to reach it.</summary>
    public void Send(string path, IComPOMessage message) => _client.Tell(new ClusterClient.Send(path, message));

    /// <summary>Asks for progress, as <c>--wait</c> does, until the run has ended; each line comes once.</summary>
    public async Task<(List<string> Lines, TrainingStatus Status)> WatchAsync(Func<TrainingStatus, bool>? until = null)
    {
        var lines = new List<string>();
        using var patience = new CancellationTokenSource(Patience.Longest);
        while (true)
        {
            var progress = await AnswerAsync<TrainingProgress>(new GetProgress(null, lines.Count - 1), patience.Token);
            lines.AddRange(progress.Lines);
            if (!progress.HasMore && (progress.Status.HasEnded || until?.Invoke(progress.Status) == true))
                return (lines, progress.Status);
            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>Asks for the status until it is as wanted.</summary>
    public async Task<TrainingStatus> UntilAsync(Func<TrainingStatus, bool> isWanted)
    {
        using var patience = new CancellationTokenSource(Patience.Longest);
        while (true)
        {
            var status = await AnswerAsync<TrainingStatus>(new GetStatus(), patience.Token);
            if (isWanted(status))
                return status;
            if (patience.IsCancellationRequested)
                throw new TimeoutException($"It has not come to pass; the last status is {JsonSerializer.Serialize(status)}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();

    // A supervisor that is only now coming up, or has no time yet on a busy machine, is asked again.
    private async Task<T> AnswerAsync<T>(IComPOMessage request, CancellationToken patience)
    {
        while (true)
        {
            if (await AskAsync(request) is var answer and not RequestRefused { Reason: RefusalReason.NotReady })
                return Assert.IsType<T>(answer);
            await Task.Delay(20, patience);
        }
    }
}
