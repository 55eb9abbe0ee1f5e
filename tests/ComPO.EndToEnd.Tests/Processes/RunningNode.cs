using System.Text.RegularExpressions;

namespace ComPO.EndToEnd.Tests.Processes;

/// <summary>A one-process cluster, seed and trainer together, that the tests of its collection share one after the other.</summary>
public sealed class RunningNode : IAsyncLifetime
{
    private RunningProcess _process = null!;

    /// <summary>Where consoles reach it.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Everything it has logged.</summary>
    public string Log => _process.Error;

    public async ValueTask InitializeAsync()
    {
        _process = Programs.StartNode("--role", "seed,trainer", "--port", "0");
        Address = await AddressOf(_process);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>Runs a command of the console against this node.</summary>
    internal Task<Ended> AdminAsync(params string[] arguments) => Programs.AdminAsync([.. arguments, "--contact", Address]);

    /// <summary>Starts a command of the console against this node.</summary>
    internal RunningProcess StartAdmin(params string[] arguments) => Programs.StartAdmin([.. arguments, "--contact", Address]);

    /// <summary>The address that a node prints once it is up.</summary>
    internal static async Task<string> AddressOf(RunningProcess node) =>
        Regex.Match(await node.LineAsync(line => line.EndsWith("is up", StringComparison.Ordinal)), @"akka\.(ssl\.)?tcp://\S+").Value;
}

[CollectionDefinition(Name)]
public sealed class OneNode : ICollectionFixture<RunningNode>
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "one node";
}
