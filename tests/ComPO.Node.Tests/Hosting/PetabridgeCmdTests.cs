using System.Text.RegularExpressions;
using ComPO.Node.Hosting;

namespace ComPO.Node.Tests.Hosting;

/// <summary>Petabridge.Cmd is a switch of its own: small, and in no build that does not ask for it.</summary>
public sealed class PetabridgeCmdTests
{
    [Fact]
    public void No_default_build_has_it()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "ComPO.Node.deps.json");

        Assert.Contains("Akka.Cluster", File.ReadAllText(program), StringComparison.Ordinal);
        Assert.DoesNotContain("Petabridge", File.ReadAllText(program), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(AppContext.BaseDirectory, "*Petabridge*", SearchOption.AllDirectories));
        Assert.DoesNotContain(typeof(ComPONode).Assembly.GetReferencedAssemblies(), assembly => assembly.Name!.StartsWith("Petabridge", StringComparison.Ordinal));
    }

    [Fact]
    public void The_switch_brings_one_short_file_and_two_packages()
    {
        var project = Path.Combine(Repository.Root, "src", "ComPO.Node");
        var build = Regex.Replace(File.ReadAllText(Path.Combine(project, "ComPO.Node.csproj")), @"\s+", " ");
        var file = File.ReadAllLines(Path.Combine(project, "Hosting", "PetabridgeCmd.Port.cs"));

        Assert.InRange(file.Length, 1, 39);
        Assert.Contains(file, line => line.Contains("cmd.RegisterCommandPalette(ClusterCommands.Instance);", StringComparison.Ordinal));
        Assert.Contains(file, line => line.Contains("cmd.RegisterCommandPalette(new RemoteCommands());", StringComparison.Ordinal));
        Assert.Contains(file, line => line.Contains("Host = IPAddress.Loopback.ToString(), Port = 9110", StringComparison.Ordinal));
        Assert.Contains(
            """<ItemGroup Condition="'$(PetabridgeCmd)' == 'true'"> <PackageReference Include="Petabridge.Cmd.Cluster" /> <PackageReference Include="Petabridge.Cmd.Remote" /> </ItemGroup>""",
            build, StringComparison.Ordinal);
        Assert.Contains("""<ItemGroup Condition="'$(PetabridgeCmd)' != 'true'"> <Compile Remove="Hosting/PetabridgeCmd.Port.cs" /> </ItemGroup>""", build, StringComparison.Ordinal);
    }
}
