using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using ComPO.Cluster;
using ComPO.Cluster.Configuration;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Node.Web;
using ComPO.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ComPO.Node.Hosting;

/// <summary>
/// One running node of a cluster: an actor system that has joined, and that leaves in good order when disposed. The
/// <c>--role</c> command runs one until a signal, the quickstart for as long as its run takes.
/// </summary>
internal sealed class ComPONode : IAsyncDisposable
{
    private const string JoinTimeoutKey = "akka.cluster.shutdown-after-unsuccessful-join-seed-nodes";

    // The command line handles signals and owns the console.
    private static readonly Config ProcessSettings = ConfigurationFactory.ParseString(
        """
        akka.stdout-loglevel = OFF
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """);

    private readonly IHost _host;
    private readonly HttpPort? _port;

    private ComPONode(IHost host, ActorSystem system, HttpPort? port) => (_host, System, _port) = (host, system, port);

    /// <summary>The actor system of this node.</summary>
    public ActorSystem System { get; }

    /// <summary>The address by which other nodes and consoles reach this node.</summary>
    public Address Address => Akka.Cluster.Cluster.Get(System).SelfAddress;

    /// <summary>Where it serves HTTP; null when it does not.</summary>
    public Uri? WebAddress => _port is null ? null : new Uri($"http://{_port.EndPoint}");

    /// <summary>Starts a node and waits until the cluster has let it in.</summary>
    /// <param name="options">Roles, address, seed nodes and devices.</param>
    /// <param name="models">What loads models; null on a node that is no trainer.</param>
    /// <param name="overrides">HOCON that takes precedence over the defaults.</param>
    /// <param name="hosting">What its process does beside.</param>
    /// <param name="cancellation">Gives up, and leaves what was joined.</param>
    /// <exception cref="ClusterUnreachableException">A port is in use.</exception>
    /// <exception cref="NotJoinedException">No cluster has let it in.</exception>
    /// <exception cref="StorageException">The state folder cannot be written.</exception>
    public static async Task<ComPONode> StartAsync(
        NodeOptions options, IModelLoader? models, Config overrides, HostSettings hosting, CancellationToken cancellation)
    {
        await RefuseTakenPortAsync(options.Hostname, options.Port, cancellation);
        MakeStateFolder(options.StateFolder);
        var port = hosting.Http is { } http ? await HttpPort.TakeAsync(http, cancellation) : null;
        var host = BuildHost(options, models, overrides, hosting, port);
        try
        {
            // Resolved before the host starts, because the host would log a failure to bind and carry on stopping.
            var node = new ComPONode(host, host.Services.GetRequiredService<ActorSystem>(), port);
            if (port is not null)
                WebServer.StopWith(host, node.System);
            await host.StartAsync(cancellation);
            await node.JoinAsync(options, cancellation);
            return node;
        }
        catch (Exception exception) when (exception is not (ComPOException or OperationCanceledException) && BindFailure(exception) is { } failure)
        {
            host.Dispose();
            port?.Dispose();
            throw PortTaken(options.Hostname, options.Port, failure);
        }
        catch
        {
            await StopAsync(host);
            port?.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the node ends by itself, with the reason: a member that the others took for dead, for one.</summary>
    public async Task<CoordinatedShutdown.Reason?> EndedAsync()
    {
        await System.WhenTerminated;
        return CoordinatedShutdown.Get(System).ShutdownReason;
    }

    /// <summary>Leaves the cluster, so that its other members need not find out, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(_host);
        _port?.Dispose();
    }

    private static async Task StopAsync(IHost host)
    {
        await WebServer.StopAsync(host);
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }

    private async Task JoinAsync(NodeOptions options, CancellationToken cancellation)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Akka.Cluster.Cluster.Get(System).RegisterOnMemberUp(up.SetResult);
        var ended = EndedAsync();
        var patience = System.Settings.Config.GetTimeSpan(JoinTimeoutKey);
        // A cluster of several seeds admits nobody before most of them are there; until then it may be one that comes to nothing.
        var wait = options.SeedNodes.Count > 1 ? 2 * patience : Timeout.InfiniteTimeSpan;
        using var joining = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var seeds = new SeedContact(System);
        var asking = seeds.AskAsync(joining.Token);
        try
        {
            if (await Task.WhenAny(up.Task, ended).WaitAsync(wait, cancellation) == up.Task)
                return;
        }
        catch (TimeoutException)
        {
            throw new NotJoinedException(
                $"Most of the seeds {string.Join(", ", options.SeedNodes)} have not come together within {wait.TotalSeconds:0} seconds; start those that are missing.",
                wasAnswered: true);
        }
        finally
        {
            await joining.CancelAsync();
            await asking;
        }
        throw NotJoined(options, patience, await ended, seeds.WasAnswered);
    }

    private static NotJoinedException NotJoined(NodeOptions options, TimeSpan patience, CoordinatedShutdown.Reason? reason, bool wasAnswered)
    {
        if (reason is CoordinatedShutdown.ClusterDowningReason)
            return new NotJoinedException("The cluster took this node for dead before it was a member.", wasAnswered: true);
        var seeds = string.Join(" or ", options.SeedNodes);
        // Whatever else ends it before it was a member, a certificate that was not accepted for one, came from no cluster.
        return wasAnswered
            ? new NotJoinedException(
                $"The cluster of {seeds} has not let this node in within {patience.TotalSeconds:0} seconds, as while one of its members is silent; it tries again.",
                wasAnswered: true)
            : new NotJoinedException(
                $"No seed node answered at {seeds} within {patience.TotalSeconds:0} seconds; start a node with --role seed there, or name another with --seed-node.",
                wasAnswered: false);
    }

    private static IHost BuildHost(NodeOptions options, IModelLoader? models, Config overrides, HostSettings hosting, HttpPort? port)
    {
        if (port is null)
        {
            var bare = Host.CreateEmptyApplicationBuilder(settings: null);
            AddNode(bare, options, models, overrides, hosting);
            return bare.Build();
        }
        var pages = WebPages.Of(options, options.IsSeed ? hosting.Dashboard : null);
        var builder = WebServer.CreateBuilder(hosting.Http!, port, pages);
        builder.Services.AddSingleton(options);
        AddNode(builder, options, models, overrides, hosting);
        return builder.BuildWithPages(pages);
    }

    private static void AddNode(IHostApplicationBuilder builder, NodeOptions options, IModelLoader? models, Config overrides, HostSettings hosting)
    {
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        NodeLog.AddTo(builder.Logging, hosting);
        if (hosting.Http is not null || hosting.SendsTelemetry)
            NodeTelemetry.AddTo(builder.Services, options, hosting);
        builder.Services.AddAkka(AdminAddress.SystemName, akka => akka
            .ConfigureLoggers(loggers => NodeLog.AddTo(loggers, hosting))
            .AddComPO(options, models, overrides)
            .AddHocon(ProcessSettings, HoconAddMode.Prepend)
            .AddPetabridgeCmdIfBuilt());
    }

    private static void MakeStateFolder(string? folder)
    {
        if (folder is null)
            return;
        try
        {
            Directory.CreateDirectory(folder);
            File.Create(Path.Combine(folder, $".{Guid.NewGuid():N}"), bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The state folder {Path.GetFullPath(folder)} cannot be written ({exception.Message}); name another with --state.", exception);
        }
    }

    private static async Task RefuseTakenPortAsync(string hostname, int port, CancellationToken cancellation)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(hostname, cancellation);
            using var listener = new TcpListener(addresses[0], port);
            listener.Start();
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw PortTaken(hostname, port, failure);
        }
        catch (SocketException failure)
        {
            throw new ClusterUnreachableException(
                $"The address {hostname} of --hostname cannot be bound on this machine ({failure.Message}); give a name or address that this machine has.", failure);
        }
    }

    private static ClusterUnreachableException PortTaken(string hostname, int port, Exception cause) => new(
        $"Port {port} of {hostname} is in use by another process; choose another with --port, or 0 for any free one.", cause);

    private static SocketException? BindFailure(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } failure)
                return failure;
        }
        return null;
    }

    /// <summary>Leaves signals to the command line, which turns them into a cancellation.</summary>
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
