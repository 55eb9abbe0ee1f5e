using ComPO.Cluster.Nodes;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Errors;

namespace ComPO.Cluster.Tests.Nodes;

public sealed class OwnFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Invariant", "5 No silent failure")]
    public void What_a_run_has_not_written_it_does_not_delete()
    {
        Directory.CreateDirectory(_folder["out/model"]);
        File.WriteAllText(_folder["out/model/model.safetensors"], "the only one");

        foreach (var run in (string[])["first", "second"])
        {
            var refusal = Assert.Throws<StorageException>(() => OwnFolder.Claim(_folder["out/model"], run));
            Assert.Contains(_folder["out/model"], refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal("the only one", File.ReadAllText(_folder["out/model/model.safetensors"]));
    }

    [Fact]
    public void What_a_run_has_written_it_may_write_anew_and_another_run_may_not()
    {
        OwnFolder.Claim(_folder["out/checkpoints/5"], "first");
        Directory.CreateDirectory(_folder["out/checkpoints/5"]);
        File.WriteAllText(_folder["out/checkpoints/5/half"], "");
        Assert.Throws<StorageException>(() => OwnFolder.Claim(_folder["out/checkpoints/5"], "second"));
        Assert.True(File.Exists(_folder["out/checkpoints/5/half"]));

        OwnFolder.Claim(_folder["out/checkpoints/5"], "first");

        Assert.False(Directory.Exists(_folder["out/checkpoints/5"]));
        // What says whose the one is says nothing of what lies beside it.
        Directory.CreateDirectory(_folder["out/checkpoints/10"]);
        Assert.Throws<StorageException>(() => OwnFolder.Claim(_folder["out/checkpoints/10"], "first"));
    }
}
