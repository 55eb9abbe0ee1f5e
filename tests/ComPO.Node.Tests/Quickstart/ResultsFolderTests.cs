using ComPO.Core.Errors;
using ComPO.Node.Quickstart;

namespace ComPO.Node.Tests.Quickstart;

public sealed class ResultsFolderTests
{
    private readonly string _root = Directory.CreateTempSubdirectory("compo-results-").FullName;

    [Fact]
    public void A_new_folder_is_made_and_an_empty_one_taken()
    {
        var folder = Path.Combine(_root, "a", "b");

        Assert.Equal(folder, ResultsFolder.Create(folder));
        Assert.Equal(folder, ResultsFolder.Create(folder));
    }

    [Fact]
    public void A_folder_that_holds_something_is_refused_and_left_alone()
    {
        File.WriteAllText(Path.Combine(_root, "run.jsonl"), "{}");

        var refusal = Assert.Throws<StorageException>(() => ResultsFolder.Create(_root));

        Assert.Contains(_root, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("{}", File.ReadAllText(Path.Combine(_root, "run.jsonl")));
    }

    [Fact]
    public void A_file_in_the_way_is_refused()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "text");

        Assert.Equal(ExitCode.Storage, Assert.Throws<StorageException>(() => ResultsFolder.Create(file)).ExitCode);
    }
}
