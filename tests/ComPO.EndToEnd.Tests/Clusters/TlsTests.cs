using ComPO.EndToEnd.Tests.Networks;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>A cluster whose members show certificates, made by the script that operators use, lets in nobody else.</summary>
public sealed class TlsTests
{
    private static readonly string[] Run =
        ["--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--iterations", "2", "--perturbations", "200", "--gate", "0.1"];

    [Fact]
    public async Task A_run_ends_as_without_TLS_and_whoever_has_no_certificate_of_the_authority_stays_outside()
    {
        using var folder = new TemporaryFolder();
        await MakeCertificatesAsync(folder["ours"], "node=127.0.0.1", "elsewhere=10.1.2.3");
        await MakeCertificatesAsync(folder["theirs"], "node=127.0.0.1");
        var links = new Dictionary<int, (SlowLink Link, int Own)>();
        await using var cluster = new TestCluster(["seed"], Tls(folder["ours"], "node"), linkTo: port =>
        {
            var own = FreePorts.Next();
            links[port] = (new SlowLink(port, own) { Delay = TimeSpan.Zero }, own);
            return own;
        }) { ConsoleOptions = Console(folder["ours"]) };
        await cluster.StartAsync("seed");
        await cluster.StartAsync("trainer");
        Assert.Contains("akka.ssl.tcp://", await cluster.LineAsync("seed", "is up"), StringComparison.Ordinal);
        await cluster.StartRunAsync("run", Run);

        // Consoles: in the clear, of another authority.
        var seed = cluster.AddressOf("seed");
        (await Programs.AdminAsync("status", "--contact", seed)).Refused(4, "No seed node answered");
        (await Programs.AdminAsync(["status", "--contact", seed, .. Console(folder["theirs"])])).Refused(4, "No seed node answered");
        // Nodes: in the clear, of another authority.
        foreach (var hocon in (string[])["", Tls(folder["theirs"], "node")])
        {
            StaysOutside(await JoinAsync(folder, seed, hocon));
        }

        // Whoever has overheard all that was said to the seed, forges messages or breaks off in the middle.
        using var strangers = new Strangers();
        var overheard = links[cluster.PortOf("seed")].Link.Conversations.MaxBy(said => said.Length)!;
        foreach (var (_, own) in links.Values)
            await strangers.BesiegeAsync(own, overheard);

        // A seed that is called by another name than its certificate's is nobody's seed.
        await using (var impostor = Programs.StartNode("--role", "seed", "--port", "0", "--config", folder.Write("impostor.conf", Tls(folder["ours"], "elsewhere"))))
            StaysOutside(await JoinAsync(folder, await Programs.AddressOfAsync(impostor), Tls(folder["ours"], "node")));

        var head = await cluster.HeadOfCompletedAsync("run");
        Assert.Equal(1, (await cluster.UntilAsync(status => status.GetProperty("nodes").GetArrayLength() > 0)).GetProperty("nodes").GetArrayLength());
        Assert.Equal(await UndisturbedRun.HeadAsync(Run), head);
        foreach (var (link, _) in links.Values)
            await link.DisposeAsync();
    }

    [Fact]
    public async Task Pinned_certificates_need_not_bear_names_and_others_of_the_same_authority_stay_outside()
    {
        using var folder = new TemporaryFolder();
        var ours = folder["ours"];
        // The lost one is the only one that bears the name by which nodes are called here.
        var printed = await MakeCertificatesAsync(ours, "seed=10.1.2.3", "trainer=10.1.2.4", "lost=127.0.0.1");
        string FingerprintOf(string name) => printed.Split('\n').Single(line => line.Contains($"/{name}.pem ", StringComparison.Ordinal)).Split(' ')[^1];
        var pinned = $"compo.tls.pinned = [{string.Join(", ", ((string[])["seed", "trainer", "console"]).Select(name => $"\"{FingerprintOf(name)}\""))}]";
        string[] pinsSeed = ["--pinned", FingerprintOf("seed")];
        await using var cluster = new TestCluster(["seed"], pinned) { HoconOf = name => Tls(ours, name), ConsoleOptions = [.. Console(ours), .. pinsSeed] };
        await cluster.StartAsync("seed");
        await cluster.StartAsync("trainer");
        await cluster.StartRunAsync("run", Run);

        // A node and a console of the same authority that are not pinned, a console that pins another node than it calls, and one that goes by the name.
        var seed = cluster.AddressOf("seed");
        var joining = JoinAsync(folder, seed, $"{Tls(ours, "lost")}\n{pinned}");
        string[][] consoles = [[.. Console(ours, "lost"), .. pinsSeed], [.. Console(ours), "--pinned", FingerprintOf("trainer")], Console(ours)];
        Assert.All(
            await Task.WhenAll(consoles.Select(options => Programs.AdminAsync(["status", "--contact", seed, .. options]))),
            console => console.Refused(4, "No seed node answered"));
        StaysOutside(await joining);
        Assert.Contains("CN=lost is none of the pinned certificates", cluster.LogOf("seed"), StringComparison.Ordinal);

        Assert.Equal(await UndisturbedRun.HeadAsync(Run), await cluster.HeadOfCompletedAsync("run"));
        Assert.Equal(1, (await cluster.UntilAsync(_ => true)).GetProperty("nodes").GetArrayLength());
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_is_refused_with_2_by_node_and_console()
    {
        using var folder = new TemporaryFolder();
        var missing = folder["missing.pem"];

        (await Programs.NodeAsync("--role", "seed", "--port", "0", "--config", folder.Write(
            "missing.conf", $$"""compo.tls { certificate = "{{missing}}", authority = "{{missing}}" }"""))).Refused(2, missing, "cannot be read");
        (await Programs.AdminAsync("status", "--certificate", missing, "--authority", missing)).Refused(2, missing, "cannot be read");
        (await Programs.AdminAsync("status", "--certificate", missing)).Refused(2, "--authority");
        // There, and no certificate.
        var garbage = folder.Write("garbage.pem", "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n");
        (await Programs.NodeAsync("--role", "seed", "--port", "0", "--config", folder.Write(
            "garbage.conf", $$"""compo.tls { certificate = "{{folder[""]}}", authority = "{{garbage}}" }"""))).Refused(2, garbage);
        (await Programs.AdminAsync("status", "--certificate", garbage, "--authority", garbage)).Refused(2, garbage);
    }

    [Fact]
    public async Task A_fingerprint_that_is_none_is_refused_with_2_by_node_and_console()
    {
        using var folder = new TemporaryFolder();
        await MakeCertificatesAsync(folder["ours"], "node=127.0.0.1");

        (await Programs.NodeAsync("--role", "seed", "--port", "0", "--config", folder.Write(
            "short.conf", $"{Tls(folder["ours"], "node")}\ncompo.tls.pinned = [\"AB:CD\"]"))).Refused(2, "'AB:CD'", "64 hexadecimal digits");
        (await Programs.AdminAsync(["status", .. Console(folder["ours"]), "--pinned", "AB:CD"])).Refused(2, "'AB:CD'", "64 hexadecimal digits");
        (await Programs.AdminAsync("status", "--pinned", "AB:CD")).Refused(2, "--certificate and --authority");
    }

    private static async Task<string> MakeCertificatesAsync(string folder, params string[] nodes)
    {
        var script = Path.Combine(Repository.Root, "deploy", "certificates", "make-certificates.sh");
        var ended = await Programs.EndAsync(RunningProcess.Start("bash", [script, folder, .. nodes]));
        Assert.SkipWhen(ended.Error.Contains("openssl was not found", StringComparison.Ordinal), "openssl is not on this machine.");
        return ended.Succeeded().Output;
    }

    private static void StaysOutside(Ended node)
    {
        Assert.Equal(4, node.ExitCode);
        Assert.Contains("No seed node answered", node.Error.Split('\n')[^1], StringComparison.Ordinal);
    }

    // Whatever keeps a node out, it gives up after a while.
    private static Task<Ended> JoinAsync(TemporaryFolder folder, string seed, string hocon) => Programs.NodeAsync(
        "--role", "trainer", "--port", "0", "--seed-node", seed, "--config",
        folder.Write("stranger.conf", $"{hocon}\nakka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 5s"));

    private static string Tls(string folder, string name) => $$"""
        compo.tls { certificate = "{{folder}}/{{name}}.pem", key = "{{folder}}/{{name}}.key", authority = "{{folder}}/authority.pem" }
        """;

    private static string[] Console(string folder, string name = "console") =>
        ["--certificate", Path.Combine(folder, $"{name}.pem"), "--key", Path.Combine(folder, $"{name}.key"), "--authority", Path.Combine(folder, "authority.pem")];
}
