using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using ComPO.Cluster;
using ComPO.Cluster.Configuration;
using ComPO.Core.Engines;
using ComPO.Core.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// A real cluster in this process: nodes with actor systems, ports, journal and serialisation of their own, as the executable starts them. The first is
/// the seed.
/// </summary>
/// <param name="hocon">What takes precedence over the defaults.</param>
internal sealed class LocalCluster(string hocon = "") : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("compo-benchmark-");
    private readonly List<IHost> _hosts = [];
    private ActorSystem? _seed;
    private int _runs;

    /// <summary>The actor system of the seed.</summary>
    public ActorSystem Seed => _seed!;

    private SeedQuestions Questions => new(Seed);

    /// <summary>Where the seed is found.</summary>
    public string Contact => Akka.Cluster.Cluster.Get(_seed!).SelfAddress.ToString();

    /// <summary>Starts a node with these roles, which trains with what the loader loads.</summary>
    public async Task StartNodeAsync(string[] roles, IModelLoader? models)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        Address[] seeds = _seed is null ? [] : [Akka.Cluster.Cluster.Get(_seed).SelfAddress];
        var options = new NodeOptions { Roles = roles, Port = 0, SeedNodes = seeds, StateFolder = Path.Combine(_folder.FullName, $"node-{_hosts.Count}") };
        Directory.CreateDirectory(options.StateFolder);
        builder.Services.AddAkka("ComPO", akka => akka
            .ConfigureLoggers(loggers => loggers.LogLevel = Akka.Event.LogLevel.ErrorLevel)
            .AddComPO(options, models, ConfigurationFactory.ParseString(hocon)));
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync();
        var system = host.Services.GetRequiredService<ActorSystem>();
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Akka.Cluster.Cluster.Get(system).RegisterOnMemberUp(up.SetResult);
        await up.Task.WaitAsync(Patience);
        _seed ??= system;
    }

    /// <summary>Runs to the end, and gives what the log says of each iteration.</summary>
    public async Task<IReadOnlyList<IterationRecord>> RunAsync(RunSettings settings, int trainers)
    {
        var run = $"benchmark-{++_runs}";
        settings = settings with { Output = Path.Combine(_folder.FullName, run) };
        await UntilTrainersAsync(trainers);
        await Questions.StartAsync(run, settings);
        await Questions.UntilAsync(status => status.HasEnded, TimeSpan.FromMilliseconds(500));
        using var log = File.OpenRead(Path.Combine(settings.Output, "run.jsonl"));
        return RunLogReader.Read(log, log.Name).Iterations;
    }

    /// <summary>Waits until so many trainers have joined.</summary>
    public Task UntilTrainersAsync(int trainers) => Questions.UntilAsync(status => status.Nodes.Length >= trainers, TimeSpan.FromMilliseconds(100));

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Enumerable.Reverse(_hosts))
        {
            await host.StopAsync();
            host.Dispose();
        }
        _folder.Delete(recursive: true);
    }
}
