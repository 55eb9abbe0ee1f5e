using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using ComPO.Cluster;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Probing;
using ComPO.Core.Runs;
using ComPO.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ComPO.Simulation;

/// <summary>
/// A real seed, with the supervisor, aggregator and journal of production, and any number of trainers in the same process: real agents that speak the
/// real protocol, with a tiny model and devices that only take time. What leads runs on Akka's default dispatcher, what stands in for trainers on
/// others, so that the cost of the one can be told from that of the other.
/// </summary>
public sealed class SimulatedCluster : IAsyncDisposable
{
    private const string TrainersDispatcher = "simulation.trainers";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly IHost _host;
    private readonly ActorSystem _system;
    private readonly BlobShelf _shelf;
    private readonly ComPOSettings _settings;
    private readonly IActorRef _supervisor;
    private readonly IActorRef _admin;
    private readonly Conduct _conduct;
    private readonly Dictionary<int, IActorRef> _trainers = [];

    private SimulatedCluster(IHost host, ActorSystem system, Conduct conduct, BlobShelf shelf, IActorRef supervisor, IActorRef admin)
    {
        (_host, _system, _conduct, _shelf, _supervisor, _admin) = (host, system, conduct, shelf, supervisor, admin);
        _settings = ComPOSettings.Read(system.Settings.Config);
    }

    /// <summary>The name of the threads that supervisor and aggregator run on, as the kernel has it, which keeps fifteen letters.</summary>
    public static string LeadingThreads => "akka.actor.defa";

    /// <summary>The trainers that are there.</summary>
    public IReadOnlyCollection<int> Trainers => _trainers.Keys;

    /// <summary>Starts the seed.</summary>
    /// <param name="conduct">How devices behave.</param>
    /// <param name="stateFolder">Where journal and blobs lie.</param>
    /// <param name="hocon">What takes precedence over the defaults.</param>
    public static async Task<SimulatedCluster> StartAsync(Conduct conduct, string stateFolder, string hocon = "")
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(
            $$"""
            akka.actor.default-dispatcher {
              type = ForkJoinDispatcher
              dedicated-thread-pool { thread-count = 2, threadtype = background }
            }
            compo.dispatchers.compute { type = Dispatcher }
            {{TrainersDispatcher}} { type = Dispatcher }
            """));
        // One shelf for all: nothing need travel.
        var shelf = new BlobShelf(Path.Combine(stateFolder, "blobs"));
        builder.Services.AddAkka("ComPO", akka => akka
            .ConfigureLoggers(loggers => loggers.LogLevel = Akka.Event.LogLevel.ErrorLevel)
            .AddComPO(new NodeOptions { Roles = ["seed"], Port = 0, StateFolder = stateFolder }, null, config, shelf));
        var host = builder.Build();
        await host.StartAsync();
        var system = host.Services.GetRequiredService<ActorSystem>();
        return new SimulatedCluster(
            host,
            system,
            conduct,
            shelf,
            await system.ActorSelection("/user/supervisor-proxy").ResolveOne(Patience),
            await system.ActorSelection(AdminAddress.EndpointPath).ResolveOne(Patience));
    }

    /// <summary>A trainer joins.</summary>
    public void Join(int number) => Join(number, new TinyModelLoader(), SimulatedDevice.PropsFor(number, _conduct));

    /// <summary>A trainer joins whose devices really compute, on the engines of a loader of its own.</summary>
    public void Join(int number, TinyModelLoader loader) => Join(number, loader, ProbeWorker.Props);

    private void Join(int number, TinyModelLoader loader, Props device) => _trainers[number] = _system.ActorOf(NodeAgent.PropsFor(
        loader,
        new NodeOptions { Roles = ["trainer"] },
        _settings,
        _shelf,
        _supervisor,
        AddressOf(number),
        device).WithDispatcher(TrainersDispatcher));

    /// <summary>The address that a trainer goes by.</summary>
    public static string AddressOf(int number) => $"akka.tcp://ComPO@trainer-{number}:4053";

    /// <summary>A trainer dies.</summary>
    public void Kill(int number)
    {
        _trainers.Remove(number, out var agent);
        _system.Stop(agent);
    }

    /// <summary>A trainer leaves in good order.</summary>
    public async Task LeaveAsync(int number)
    {
        _trainers.Remove(number, out var agent);
        await agent.Ask(NodeAgent.Leave.Instance, Patience);
        _system.Stop(agent);
    }

    /// <summary>A trainer gives up what it does, as one that leaves, before the supervisor has heard why.</summary>
    public Task InterruptAsync(int number) => _trainers[number].Ask<ProbingStopped>(new StopProbing(1), Patience);

    /// <summary>The supervisor hears that a trainer has gone, which goes on with what it does and joins again soon.</summary>
    public void TakeForGone(int number) => _supervisor.Tell(new UnregisterNode(AddressOf(number)));

    /// <summary>Starts a run.</summary>
    public async Task StartRunAsync(string run, RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var answer = await AskAsync(new StartTraining(run, settings.ToJson()));
        if (answer is not TrainingStarted)
            throw new InvalidOperationException($"The run did not start: {answer}");
    }

    /// <summary>How the run is doing.</summary>
    public async Task<TrainingStatus> StatusAsync()
    {
        while (true)
        {
            // On a busy machine the first of many trainers may be all that a supervisor has time for.
            if (await AskAsync(new GetStatus()) is TrainingStatus status)
                return status;
        }
    }

    /// <summary>Waits until the run is as wanted.</summary>
    public async Task<TrainingStatus> UntilAsync(Func<TrainingStatus, bool> isWanted, TimeSpan pause)
    {
        ArgumentNullException.ThrowIfNull(isWanted);
        while (true)
        {
            var status = await StatusAsync();
            if (isWanted(status) || status.HasEnded)
                return status;
            await Task.Delay(pause);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _trainers.Values)
            _system.Stop(agent);
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>What a console would be answered.</summary>
    public Task<IComPOMessage> AskAsync(IComPOMessage request) => _admin.Ask<IComPOMessage>(request, Patience);
}
