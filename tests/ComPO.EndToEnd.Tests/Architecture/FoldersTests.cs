namespace ComPO.EndToEnd.Tests.Architecture;

public sealed class FoldersTests
{
    [Theory]
    [InlineData("ComPO.Node", "ComPO.Core")]
    [InlineData("ComPO.Node", "ComPO.Torch")]
    [InlineData("ComPO.Node", "ComPO.Protocol")]
    [InlineData("ComPO.Node", "ComPO.Cluster")]
    [InlineData("ComPO.Node", "ComPO.Dashboard")]
    [InlineData("ComPO.Node", "ComPO.Node")]
    [InlineData("ComPO.Admin", "ComPO.Reports")]
    [InlineData("ComPO.Admin", "ComPO.Admin")]
    public void No_two_folders_of_a_project_use_each_other_not_even_by_way_of_others(string program, string project)
    {
        var graph = FolderGraph.Of(Path.Combine(Repository.Output(program), project + ".dll"));
        Assert.NotEmpty(graph.Folders);
        Assert.Equal("", string.Join("; ", graph.FindCycle()));
    }
}
