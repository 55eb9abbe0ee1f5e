using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;
using Microsoft.Data.Sqlite;

namespace ComPO.Cluster.Tests.Persistence;

public sealed class SnapshotTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_database_holds_two_snapshots_and_what_came_after_the_older_one_however_long_the_run()
    {
        string[] both = ["seed", "trainer"];
        var settings = new RunSettings
        {
            Model = "model",
            Data = "pairs",
            Iterations = 17,
            Perturbations = 20,
            Radius = 0.01,
            Density = 0.1,
            NoiseThreshold = 50,
            Output = _folder["run"],
        };
        await using (var node = await TestNode.StartAsync(both, new TinyModelLoader(), state: _folder["state"]))
        {
            await using var console = new TestConsole(node.Address);
            await console.AskAsync(new StartTraining("run", settings.ToJson()));
            Assert.Equal(17, (await console.WatchAsync()).Status.Committed);

            // After 5, 10, 15 iterations and at the end.
            await UntilAsync("SELECT COUNT(*) = 2 AND MAX(sequence_number) = (SELECT MAX(sequence_number) FROM journal) FROM snapshot");
            await UntilAsync("SELECT MIN(sequence_number) = (SELECT MIN(sequence_number) + 1 FROM snapshot) FROM journal WHERE NOT deleted");
        }

        await using var again = await TestNode.StartAsync(both, new TinyModelLoader(), state: _folder["state"]);
        await using var asker = new TestConsole(again.Address);
        Assert.Equal((17, RunPhase.Completed), await asker.UntilAsync(status => status.RunId is not null) is var status ? (status.Committed, status.Phase) : default);
    }

    private async Task UntilAsync(string isTrue)
    {
        using var patience = new CancellationTokenSource(Patience.Longest);
        await using var database = new SqliteConnection($"Data Source={_folder["state/journal.db"]};Mode=ReadOnly;Pooling=False");
        await database.OpenAsync(patience.Token);
        await using var question = database.CreateCommand();
#pragma warning disable CA2100 // The questions are this file's own.
        question.CommandText = isTrue;
#pragma warning restore CA2100
        while (await question.ExecuteScalarAsync(patience.Token) is not 1L)
            await Task.Delay(20, patience.Token);
    }
}
