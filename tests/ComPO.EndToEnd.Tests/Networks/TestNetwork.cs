namespace ComPO.EndToEnd.Tests.Networks;

/// <summary>Hosts that a test may cut off from each other.</summary>
internal abstract class TestNetwork : IAsyncDisposable
{
    /// <summary>Set to <c>proxy</c>, this variable of the environment has tests use proxies where they might have network namespaces.</summary>
    private const string Choice = "COMPO_TEST_NETWORK";

    /// <summary>Makes hosts: network namespaces, or proxies where those may not be made.</summary>
    public static async Task<TestNetwork> StartAsync(params string[] hosts)
    {
        var namespaces = Environment.GetEnvironmentVariable(Choice) == "proxy" ? null : await NamespaceNetwork.TryStartAsync(hosts);
        return namespaces as TestNetwork ?? new ProxyNetwork();
    }

    /// <summary>From which addresses its hosts call, as CIDR.</summary>
    public abstract string Subnet { get; }

    /// <summary>Whether the test's own process can call its hosts.</summary>
    public abstract bool IsReachable { get; }

    /// <summary>A host's address.</summary>
    public abstract string AddressOf(string host);

    /// <summary>The port at which a node listens that others are to reach at another.</summary>
    public abstract int ListeningPortOf(string host, int port);

    /// <summary>A command line that runs another on a host.</summary>
    public abstract string[] On(string host, params string[] commandLine);

    /// <summary>Nothing passes between the hosts of one side and those of the other any more.</summary>
    public abstract Task CutAsync(string[] side, string[] other);

    /// <summary>Everyone reaches everyone again.</summary>
    public abstract Task HealAsync();

    public abstract ValueTask DisposeAsync();
}
