using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Configuration;
using ComPO.Core.Errors;
using ComPO.Protocol;
using ComPO.Protocol.Security;
using ComPO.Protocol.Serialization;

namespace ComPO.Admin.Connections;

/// <summary>
/// A console's line to the cluster: a small actor system that is no member of it, and a client of the seed node's receptionist.
/// Every request ends in one reply or one exception.
/// </summary>
internal sealed class ClusterConnection : IAsyncDisposable
{
    // Answers come back over the connection that the console opened, so nobody need be able to reach its own address.
    private static readonly Config Settings = ConfigurationFactory.ParseString(
        """
        akka {
          loggers = []
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          actor.provider = remote
          remote {
            dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            # A node that is just starting refuses connections for a moment.
            retry-gate-closed-for = 250ms
          }
          coordinated-shutdown { run-by-clr-shutdown-hook = off, exit-clr = off }
        }
        """);

    private static readonly TimeSpan KnockInterval = TimeSpan.FromMilliseconds(500);

    private readonly ActorSystem _system;
    private readonly Address _contact;
    private readonly Patience _patience;
    private IActorRef _receptionist = ActorRefs.Nobody;
    private IActorRef _client = ActorRefs.Nobody;

    private Address Asked => _receptionist.Path.Address;

    private ClusterConnection(ActorSystem system, Address contact, Patience patience) =>
        (_system, _contact, _patience) = (system, contact, patience);

    /// <summary>Connects to a seed node.</summary>
    /// <exception cref="ClusterUnreachableException">It does not answer in time.</exception>
    /// <exception cref="UsageException">A file of <paramref name="tls"/> cannot be used.</exception>
    public static async Task<ClusterConnection> OpenAsync(Address contact, TlsFiles? tls, Patience patience, CancellationToken cancellation)
    {
        var setup = BootstrapSetup.Create().WithConfig((tls is null ? Settings : TransportSecurity.Hocon.WithFallback(Settings))
            .WithFallback(ProtocolConfiguration.Hocon)
            .WithFallback(ClusterClientReceptionist.DefaultConfig())
            .WithFallback(DistributedPubSub.DefaultConfig()));
        var system = ActorSystem.Create("ComPOAdmin", tls is null ? ActorSystemSetup.Create(setup) : setup.And(TransportSecurity.SetupOf(tls)));
        var connection = new ClusterConnection(system, TransportSecurity.Spell(contact, tls is not null), patience);
        try
        {
            await connection.RenewAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes sure that the node is there, and is the process that this connection knows: it may have been restarted since.</summary>
    /// <exception cref="ClusterUnreachableException">It does not answer in time.</exception>
    public Task RenewAsync(CancellationToken cancellation) => TurnToAsync([_contact], cancellation);

    /// <summary>The same, with any other seed of the cluster in place of a node that is there no more.</summary>
    /// <exception cref="ClusterUnreachableException">None answers in time.</exception>
    public async Task RenewAtAnySeedAsync(CancellationToken cancellation) =>
        await TurnToAsync([_contact, .. await KnownSeedsAsync(cancellation)], cancellation);

    /// <summary>Sends a request and gives its reply.</summary>
    /// <exception cref="ClusterRefusalException">The cluster declined.</exception>
    /// <exception cref="ClusterUnreachableException">No reply in time.</exception>
    public Task<T> AskAsync<T>(IComPOMessage request, CancellationToken cancellation)
        where T : class, IComPOMessage => AskAsync<T>(request, request is PlanTraining ? _patience.Plan : _patience.Answer, cancellation);

    /// <summary>Leaves nothing behind.</summary>
    public async ValueTask DisposeAsync() => await _system.Terminate();

    private async Task<T> AskAsync<T>(IComPOMessage request, TimeSpan patience, CancellationToken cancellation)
        where T : class, IComPOMessage
    {
        object reply;
        try
        {
            reply = await _client.Ask(new ClusterClient.Send(AdminAddress.EndpointPath, request, localAffinity: true), patience, cancellation);
        }
        catch (AskTimeoutException timeout)
        {
            throw new ClusterUnreachableException(
                $"The node at {Asked} did not answer within {patience.TotalSeconds:0.#} seconds; see whether it still runs and is of this console's version, {ProgramVersion.Own}, and ask again.", timeout);
        }
        return reply switch
        {
            T expected => expected,
            RequestRefused refusal => throw new ClusterRefusalException(refusal),
            UnknownMessage => throw new ClusterUnreachableException(
                $"The node at {Asked} is of a newer version, whose answer this console of version {ProgramVersion.Own} does not know; use the console of the node's version."),
            _ => throw new ClusterUnreachableException(
                $"The node at {Asked} answered with {reply.GetType().Name} where {typeof(T).Name} was expected; use the console of the node's own version."),
        };
    }

    private async Task TurnToAsync(Address[] seeds, CancellationToken cancellation)
    {
        var receptionist = await FindReceptionistAsync(seeds, cancellation);
        if (receptionist.Equals(_receptionist))
            return;
        _system.Stop(_client);
        _receptionist = receptionist;
        var settings = ClusterClientSettings.Create(_system).WithInitialContacts([receptionist.Path]);
        _client = _system.ActorOf(ClusterClient.Props(settings));
    }

    // Receptionists tell their clients of each other.
    private async Task<IEnumerable<Address>> KnownSeedsAsync(CancellationToken cancellation)
    {
        try
        {
            var known = await _client.Ask<ContactPoints>(GetContactPoints.Instance, KnockInterval, cancellation);
            return known.ContactPointsList.Select(receptionist => receptionist.Address).Except([_contact]);
        }
        catch (AskTimeoutException)
        {
            return [];
        }
    }

    private async Task<IActorRef> FindReceptionistAsync(Address[] seeds, CancellationToken cancellation)
    {
        var selections = Array.ConvertAll(seeds, seed => _system.ActorSelection(new RootActorPath(seed) / "system" / "receptionist"));
        var deadline = DateTime.UtcNow + _patience.Contact;
        // Those that were not answered yet: a node that is far away or busy may take longer than the next one waits.
        var knocks = new List<Task<IActorRef?>>();
        do
        {
            knocks.AddRange(selections.Select(selection => KnockAsync(selection, cancellation)));
            var pause = Task.Delay(KnockInterval, cancellation);
            while (await Task.WhenAny([pause, .. knocks]) is Task<IActorRef?> answered)
            {
                if (await answered is { } receptionist)
                    return receptionist;
                // An unreachable node is answered for at once, by this side, with nobody.
                knocks.Remove(answered);
            }
            await pause;
        }
        while (DateTime.UtcNow < deadline);
        throw new ClusterUnreachableException(
            $"No seed node answered at {string.Join(" or ", seeds.AsEnumerable())} within {_patience.Contact.TotalSeconds:0.#} seconds; "
            + "start one with 'dotnet ComPO.Node.dll --role seed,trainer', or name another with --contact.");
    }

    private async Task<IActorRef?> KnockAsync(ActorSelection selection, CancellationToken cancellation)
    {
        try
        {
            return (await selection.Ask<ActorIdentity>(new Identify(null), _patience.Contact, cancellation)).Subject;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
