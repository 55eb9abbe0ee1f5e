namespace ComPO.Node.Tests.Hosting;

/// <summary>Takes lines, and does something about each before the next.</summary>
internal sealed class WrittenLines(Action<string> onLine) : StringWriter
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Written
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    public override Task WriteLineAsync(string? value)
    {
        onLine(value!);
        lock (_gate)
            _lines.Add(value!);
        return Task.CompletedTask;
    }

    public async Task UntilAsync(Func<IReadOnlyList<string>, bool> isWanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isWanted(Written))
            await Task.Delay(20, patience.Token);
    }
}
