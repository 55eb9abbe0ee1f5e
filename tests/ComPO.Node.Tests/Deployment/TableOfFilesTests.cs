namespace ComPO.Node.Tests.Deployment;

public sealed class TableOfFilesTests
{
    [Fact]
    public void The_readme_of_deploy_names_every_file()
    {
        var readme = DeployFolder.Text("README.md");
        var files = Directory.EnumerateFiles(DeployFolder.Root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(DeployFolder.Root, file))
            // What the scripts make beside them.
            .Where(file => !file.Split('/').Contains("secrets") && file != "compose/.env" && file != "README.md");

        Assert.All(files, file => Assert.Contains($"`{file}`", readme, StringComparison.Ordinal));
    }
}
