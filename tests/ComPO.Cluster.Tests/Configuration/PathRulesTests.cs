using ComPO.Cluster.Configuration;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Errors;

namespace ComPO.Cluster.Tests.Configuration;

public sealed class PathRulesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Paths_below_a_root_are_allowed_and_others_are_named()
    {
        var rules = new PathRules([_folder["models"]], [_folder["runs"]]);

        Assert.Equal(_folder["models/a"], rules.Resolve("--model", _folder["models/b/../a"]));
        Assert.Equal(_folder["runs/x"], rules.ResolveOutput(_folder["runs/x"]));
        var refusal = Assert.Throws<RequestRefusedException>(() => rules.Resolve("--model", _folder["models-2/a"]));
        Assert.Contains($"--model is {_folder["models-2/a"]}", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<RequestRefusedException>(() => rules.Resolve("--data", _folder["models/../pairs"]));
        Assert.Throws<RequestRefusedException>(() => rules.ResolveOutput(_folder["models/a"]));
    }

    [Fact]
    public void No_root_allows_any_path_and_so_does_the_root_of_the_file_system()
    {
        Assert.Equal(_folder["a"], new PathRules([], []).Resolve("--model", _folder["a"]));
        Assert.Equal(_folder["a"], new PathRules(["/"], ["/"]).Resolve("--model", _folder["a"]));
    }

    [Fact]
    public void A_link_that_leads_out_of_a_root_is_refused()
    {
        Directory.CreateDirectory(_folder["models"]);
        Directory.CreateDirectory(_folder["secret"]);
        Directory.CreateSymbolicLink(_folder["models/way-out"], _folder["secret"]);
        Directory.CreateSymbolicLink(_folder["alias"], _folder["models"]);

        Assert.Throws<RequestRefusedException>(() => new PathRules([_folder["models"]], []).Resolve("--model", _folder["models/way-out/a"]));
        // A root may itself be a link.
        Assert.Equal(_folder["models/a"], new PathRules([_folder["alias"]], []).Resolve("--model", _folder["models/a"]));
    }
}
