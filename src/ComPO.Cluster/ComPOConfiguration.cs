using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Pattern;
using Akka.Persistence.Sql.Config;
using ComPO.Cluster.Admin;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Persistence;
using ComPO.Cluster.Probing;
using ComPO.Cluster.Training;
using ComPO.Core.Engines;
using ComPO.Protocol;
using ComPO.Protocol.Security;

namespace ComPO.Cluster;

/// <summary>Composes a node: configuration, and the actors of its roles.</summary>
public static class ComPOConfiguration
{
    private static readonly TimeSpan TakeOverMargin = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Makes an actor system a node. A seed can hold the supervisor and answers consoles; a trainer computes. Once started the system joins its
    /// cluster by itself.
    /// </summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="options">What the node is.</param>
    /// <param name="models">What loads models; needed by a trainer, ignored by others.</param>
    /// <param name="overrides">HOCON that takes precedence over the defaults; the options take precedence over it.</param>
    /// <exception cref="ArgumentException">A trainer has nothing to load models with.</exception>
    /// <exception cref="Core.Errors.UsageException">The journal that is asked for cannot serve this node, or its certificate cannot be used.</exception>
    public static AkkaConfigurationBuilder AddComPO(
        this AkkaConfigurationBuilder builder, NodeOptions options, IModelLoader? models, Config? overrides = null) =>
        builder.AddComPO(options, models, overrides, new BlobShelf(options.StateFolder is { } state ? Path.Combine(state, "blobs") : null));

    /// <inheritdoc cref="AddComPO(AkkaConfigurationBuilder, NodeOptions, IModelLoader?, Config?)"/>
    internal static AkkaConfigurationBuilder AddComPO(
        this AkkaConfigurationBuilder builder, NodeOptions options, IModelLoader? models, Config? overrides, BlobShelf shelf)
    {
        if (options.IsTrainer && models is null)
            throw new ArgumentException("A trainer needs something to load models with.", nameof(models));
        var config = overrides is { IsEmpty: false } ? overrides.WithFallback(ComPODefaults.Hocon) : ComPODefaults.Hocon;
        var tls = TlsFiles.Read(config);
        if (tls is not null)
            builder.AddSetup(TransportSecurity.SetupOf(tls)).AddHocon(TransportSecurity.Hocon, HoconAddMode.Prepend);
        var journal = JournalConfiguration.Of(config, options);
        if (JournalConfiguration.ConnectionsOf(journal) is { } connections)
            builder.AddSetup(new DataOptionsSetup(connections));
        return builder
            .AddHocon(config, HoconAddMode.Append)
            .AddHocon(ConfigurationOf(options, config, tls is not null).WithFallback(journal), HoconAddMode.Prepend)
            .AddStartup((system, _) => Start(system, options, models, shelf));
    }

    private static Config ConfigurationOf(NodeOptions options, Config config, bool isSecured) => ConfigurationFactory.ParseString(string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        akka.remote.dot-netty.tcp.hostname = "{{options.Hostname}}"
        akka.remote.dot-netty.tcp.port = {{options.Port}}
        akka.cluster.roles = [{{string.Join(", ", options.Roles)}}]
        # Two halves of a cluster that has come apart cannot both be most of the seeds.
        akka.cluster.role.seed.min-nr-of-members = {{(options.SeedNodes.Count > 1 ? options.SeedNodes.Count / 2 + 1 : 1)}}
        # For the first seed that is its patience with the others, before it forms a cluster alone; for all others how often they ask.
        akka.cluster.seed-node-timeout = {{config.GetString(options.IsFirstSeed ? "akka.cluster.seed-node-timeout" : "compo.node.join-interval")}}
        akka.cluster.seed-nodes = [{{string.Join(", ", options.SeedNodes.Select(seed => $"\"{TransportSecurity.Spell(seed, isSecured)}\""))}}]
        """));

    private static void Start(ActorSystem system, NodeOptions options, IModelLoader? models, BlobShelf shelf)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        var settings = ComPOSettings.Read(system.Settings.Config);
        system.ActorOf(BlobStore.PropsFor(shelf), BlobStore.Name);
        var supervisor = StartSupervisor((ExtendedActorSystem)system, options, settings, shelf);
        if (options.IsSeed)
        {
            var endpoint = system.ActorOf(AdminEndpoint.PropsFor(supervisor, settings), AdminAddress.EndpointName);
            ClusterClientReceptionist.Get(system).RegisterService(endpoint);
        }
        if (options.IsTrainer)
        {
            var address = cluster.SelfAddress.ToString();
            system.ActorOf(NodeAgent.PropsFor(models!, options, settings, shelf, supervisor, address, ProbeWorker.Props), NodeAgent.Name);
        }
        // A seed that is told of no other forms a cluster of its own; its port may not be known before now.
        if (options.IsSeed && options.SeedNodes.Count == 0)
            cluster.Join(cluster.SelfAddress);
    }

    private static IActorRef StartSupervisor(ExtendedActorSystem system, NodeOptions options, ComPOSettings settings, BlobShelf shelf)
    {
        if (options.IsSeed)
        {
            system.ActorOf(
                ClusterSingletonManager.Props(
                    SupervisorOf(settings, shelf),
                    PoisonPill.Instance,
                    // Two supervisors for a moment do no harm: their journal takes each event's number once, and stops the one that comes too late.
                    ClusterSingletonManagerSettings.Create(system).WithRole(NodeOptions.SeedRole).WithRemovalMargin(TakeOverMargin)),
                TrainingSupervisor.ManagerName);
        }
        return system.ActorOf(
            ClusterSingletonProxy.Props(
                "/user/" + TrainingSupervisor.ManagerName,
                ClusterSingletonProxySettings.Create(system).WithRole(NodeOptions.SeedRole)),
            "supervisor-proxy");
    }

    // A supervisor whose journal fails stops; it begins again where the journal has it as soon as that answers.
    private static Props SupervisorOf(ComPOSettings settings, BlobShelf shelf) => BackoffSupervisor.Props(Backoff.OnStop(
        TrainingSupervisor.PropsFor(settings, shelf, TimeProvider.System), "run", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), 0.2, -1));
}
