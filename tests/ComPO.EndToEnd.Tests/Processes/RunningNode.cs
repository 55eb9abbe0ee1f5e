namespace ComPO.EndToEnd.Tests.Processes;

/// <summary>A one-process cluster, seed and trainer together, that the tests of its collection share one after the other.</summary>
public sealed class RunningNode : IAsyncLifetime
{
    private readonly StandingConsole _console = new();
    private RunningProcess _process = null!;

    /// <summary>Where consoles reach it.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Everything it has logged.</summary>
    public string Log => _process.Error;

    public async ValueTask InitializeAsync()
    {
        _process = Programs.StartNode("--role", "seed,trainer", "--port", "0");
        Address = await Programs.AddressOfAsync(_process);
    }

    public async ValueTask DisposeAsync()
    {
        await _console.DisposeAsync();
        await _process.DisposeAsync();
    }

    /// <summary>Runs a command of the console against this node.</summary>
    internal Task<Ended> AdminAsync(params string[] arguments) => _console.RunAsync(Address, [.. arguments, "--contact", Address]);

    /// <summary>Starts a console of its own against this node.</summary>
    internal RunningProcess StartAdmin(params string[] arguments) => Programs.StartAdmin([.. arguments, "--contact", Address]);
}

[CollectionDefinition(Name)]
public sealed class OneNode : ICollectionFixture<RunningNode>
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "one node";
}
