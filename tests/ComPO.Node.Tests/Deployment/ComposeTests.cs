using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Dashboard;
using ComPO.Node.Commands;
using ComPO.Node.Web;
using ComPO.Protocol.Security;
using Npgsql;

namespace ComPO.Node.Tests.Deployment;

/// <summary>compose.yml and what it mounts say what nodes understand, and the same as each other.</summary>
public sealed class ComposeTests
{
    private static readonly JsonObject Compose = DeployFolder.Yaml("compose", "compose.yml").AsObject();

    private static IEnumerable<(string Name, JsonObject Service)> Services => Compose["services"]!.AsObject().Select(service => (service.Key, service.Value!.AsObject()));

    private static (string Name, JsonObject Service, NodeArguments Arguments)[] Nodes { get; } =
        [.. Services.Where(service => $"{service.Service["image"]}".StartsWith("compo:", StringComparison.Ordinal)).Select(service => (service.Name, service.Service, new NodeArguments(Texts(service.Service["command"]))))];

    // Of the Compose specification, what these files have: a word that is not of it, docker compose refuses, and no test here would.
    private static readonly Dictionary<string, string[]> Words = new(StringComparer.Ordinal)
    {
        ["service"] =
        [
            "build", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck", "hostname", "image", "init", "networks", "ports", "read_only", "restart", "secrets",
            "security_opt", "stop_grace_period", "tmpfs", "user", "volumes",
        ],
        ["build"] = ["context", "dockerfile"],
        ["healthcheck"] = ["interval", "retries", "start_period", "test", "timeout"],
        ["depends_on"] = ["condition"],
        ["secrets"] = ["source", "target"],
        ["device"] = ["capabilities", "device_ids", "driver"],
    };

    [Theory]
    [InlineData("compose.yml")]
    [InlineData("compose.cuda.yml")]
    public void Every_key_is_one_of_Compose(string file)
    {
        var compose = DeployFolder.Yaml("compose", file).AsObject();

        Assert.All(compose, part => Assert.True(part.Key is "name" or "services" or "networks" or "volumes" or "secrets" || part.Key.StartsWith("x-", StringComparison.Ordinal), part.Key));
        foreach (var (name, value) in compose["services"]!.AsObject())
        {
            var service = value!.AsObject();
            Are(name, "service", service);
            Are(name, "build", service["build"]);
            Are(name, "healthcheck", service["healthcheck"]);
            foreach (var other in (service["depends_on"] as JsonObject ?? []).Select(other => other.Value))
                Are(name, "depends_on", other);
            foreach (var secret in service["secrets"]?.AsArray() ?? [])
                Are(name, "secrets", secret);
            if (service["deploy"] is not { } deploy)
                continue;
            Assert.Equal(["resources"], deploy.AsObject().Select(key => key.Key));
            Assert.Equal(["reservations"], deploy["resources"]!.AsObject().Select(key => key.Key));
            Assert.Equal(["devices"], deploy["resources"]!["reservations"]!.AsObject().Select(key => key.Key));
            foreach (var device in deploy["resources"]!["reservations"]!["devices"]!.AsArray())
                Are(name, "device", device);
        }

        void Are(string service, string kind, JsonNode? keys) =>
            Assert.All(keys as JsonObject ?? [], key => Assert.True(Words[kind].Contains(key.Key), $"{file}: {kind} of {service} has {key.Key}, which is no word of Compose."));
    }

    [Fact]
    public void Three_seeds_and_the_trainers_find_each_other()
    {
        var config = DeployFolder.Configuration("compose", "compo.conf");
        var seeds = Nodes.Where(node => node.Arguments.Roles is [NodeOptions.SeedRole]).Select(node => node.Name).ToArray();

        Assert.Equal(["seed1", "seed2", "seed3"], seeds);
        Assert.Equal(["trainer1", "trainer2"], Nodes.Where(node => node.Arguments.Roles is [NodeOptions.TrainerRole]).Select(node => node.Name));
        Assert.Equal(seeds.Select(seed => new Address("akka.tcp", "ComPO", seed, RoleCommand.DefaultPort)), config.GetStringList("akka.cluster.seed-nodes").Select(Address.Parse));
        Assert.Equal(Nodes.Select(node => node.Name).Concat(["localhost", "127.0.0.1"]).Order(), config.GetStringList("compo.http.allowed-hosts").Order());
        Assert.Equal("0.0.0.0", HttpSettings.Read(config, isSeed: true)!.Hostname);
        Assert.All(Nodes, node =>
        {
            Assert.Equal((node.Name, RoleCommand.DefaultPort, $"{HttpSettings.UsualPort}"), (node.Arguments["--hostname"], node.Arguments.Port, node.Arguments["--http-port"]));
            Assert.Equal(node.Name, $"{node.Service["hostname"]}");
            Assert.Contains($"./compo.conf:{node.Arguments.Config}:ro", Texts(node.Service["volumes"]));
        });
    }

    [Fact]
    public void Nodes_run_with_no_more_than_they_need()
    {
        var tls = TlsFiles.Read(DeployFolder.Configuration("compose", "compo.conf"))!;
        Assert.All(Nodes, node =>
        {
            Assert.True((bool)node.Service["read_only"]!);
            Assert.Equal(["ALL"], Texts(node.Service["cap_drop"]));
            Assert.Equal("${COMPO_UID:?run make-secrets.sh first}:${COMPO_GID:?run make-secrets.sh first}", $"{node.Service["user"]}");
            // As long as systemd gives it.
            Assert.Contains($"TimeoutStopSec={node.Service["stop_grace_period"]}", DeployFolder.Text("systemd", node.Arguments.Roles is [NodeOptions.SeedRole] ? "compo-seed.service" : "compo-trainer.service").Split('\n'));
            Assert.Equal(["CMD", "compo-health", "live"], Texts(node.Service["healthcheck"]!["test"]));
            Assert.True((int)node.Service["healthcheck"]!["retries"]! > 1);
            // Where it writes its state, it may.
            var writable = Texts(node.Service["tmpfs"]).Concat(Texts(node.Service["volumes"]).Select(volume => volume.Split(':')[1])).Select(place => place.Split(':')[0]);
            Assert.Contains(node.Arguments["--state"], writable);
            Assert.Subset(SecretsOf(node.Service).ToHashSet(), new HashSet<string> { tls.Certificate, tls.Key!, tls.Authority });
            Assert.Equal($"{node.Name}.pem", node.Service["secrets"]!.AsArray().OfType<JsonObject>().Single(secret => $"{secret["target"]}" == "node.pem")["source"]!.ToString());
        });
    }

    [Fact]
    public void Seeds_share_the_journal_of_the_database_that_is_started()
    {
        var connection = new NpgsqlConnectionStringBuilder(DeployFolder.Configuration("compose", "compo.conf").GetString("compo.persistence.connection-string"));
        var database = Compose["services"]![connection.Host!]!;

        Assert.StartsWith("postgres:", $"{database["image"]}", StringComparison.Ordinal);
        Assert.Equal(($"{database["environment"]!["POSTGRES_USER"]}", $"{database["environment"]!["POSTGRES_DB"]}"), (connection.Username, connection.Database));
        Assert.Null(connection.Password);
        Assert.All(Nodes.Where(node => node.Arguments.Roles is [NodeOptions.SeedRole]), seed => Assert.Contains(connection.Passfile, SecretsOf(seed.Service)));
        Assert.Contains($"printf '{connection.Host}:{connection.Port}:{connection.Database}:{connection.Username}:%s", DeployFolder.Text("compose", "make-secrets.sh"), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_mounted_named_or_waited_for_is_there()
    {
        var (volumes, secrets, networks) = (Names("volumes"), Names("secrets"), Names("networks"));
        Assert.All(Services, service =>
        {
            Assert.Subset(networks, Texts(service.Service["networks"]).ToHashSet());
            Assert.Subset(secrets, (service.Service["secrets"]?.AsArray() ?? []).Select(secret => $"{(secret is JsonObject map ? map["source"] : secret)}").ToHashSet());
            var waitedFor = service.Service["depends_on"] switch { JsonObject map => map.Select(other => other.Key), var list => Texts(list) };
            Assert.Subset(Names("services"), waitedFor.ToHashSet());
            foreach (var place in Texts(service.Service["volumes"]).Select(volume => Regex.Replace(volume, @"^\$\{\w+:-([^}]+)\}", "$1").Split(':')[0]))
            {
                if (!place.StartsWith('.'))
                    Assert.Contains(place, volumes);
                else if (place is not ("./models" or "./data"))
                    Assert.True(File.Exists(DeployFolder.Of("compose", place)), $"{service.Name} mounts {place}, which is not there.");
            }
        });
        Assert.All(Compose["secrets"]!.AsObject(), secret => Assert.Equal($"./secrets/{secret.Key}", $"{secret.Value!["file"]}"));
    }

    [Fact]
    public void The_environment_is_what_is_heeded_and_has_no_password()
    {
        Assert.All(Nodes, node => Assert.Subset(new HashSet<string> { DashboardSettings.TokenVariable }, (node.Service["environment"]?.AsObject() ?? []).Select(variable => variable.Key).ToHashSet()));
        var secret = Services.SelectMany(service => service.Service["environment"]?.AsObject() ?? []).Where(variable => variable.Key.Contains("PASSWORD", StringComparison.Ordinal) || variable.Key.Contains("TOKEN", StringComparison.Ordinal));
        Assert.All(secret, variable => Assert.True($"{variable.Value}" is var value && (value.StartsWith("/run/secrets/", StringComparison.Ordinal) || value.StartsWith("${", StringComparison.Ordinal)), variable.Key));
        Assert.Subset(File.ReadAllLines(Path.Combine(Repository.Root, ".gitignore")).ToHashSet(), new HashSet<string> { "secrets/", ".env" });
    }

    [Fact]
    public void Ports_are_those_that_are_listened_at_and_published_to_this_machine_alone()
    {
        var listened = Nodes.ToDictionary(node => node.Name, _ => new[] { RoleCommand.DefaultPort, HttpSettings.UsualPort });
        listened["prometheus"] = [9090];
        listened["grafana"] = [3000];
        var published = Services.SelectMany(service => Texts(service.Service["ports"]).Select(port => (service.Name, Parts: port.Split(':')))).ToArray();

        Assert.All(published, port => Assert.Equal("127.0.0.1", port.Parts[0]));
        Assert.All(published, port => Assert.Contains(int.Parse(port.Parts[2], System.Globalization.CultureInfo.InvariantCulture), listened[port.Name]));
        Assert.Distinct(published.Select(port => port.Parts[1]));
    }

    [Fact]
    public void Prometheus_asks_every_node_and_Grafana_asks_Prometheus()
    {
        var prometheus = DeployFolder.Yaml("prometheus", "prometheus.yml");
        var job = Assert.Single(prometheus["scrape_configs"]!.AsArray())!;
        // Alerts look for the job by its name.
        Assert.Contains($"up{{job=\"{job["job_name"]}\"}}", DeployFolder.Text("prometheus", "compo-alerts.yml"), StringComparison.Ordinal);
        Assert.Equal(Nodes.Select(node => $"{node.Name}:{HttpSettings.UsualPort}"), Texts(job["static_configs"]![0]!["targets"]));
        Assert.All(Texts(prometheus["rule_files"]), file => Assert.Contains($"../prometheus/{file}:/etc/prometheus/{file}:ro", Texts(Compose["services"]!["prometheus"]!["volumes"])));

        Assert.Equal("http://prometheus:9090", $"{DeployFolder.Yaml("grafana", "datasources.yml")["datasources"]![0]!["url"]}");
        var dashboards = $"{DeployFolder.Yaml("grafana", "dashboards.yml")["providers"]![0]!["options"]!["path"]}";
        Assert.Contains($"../grafana/compo-dashboard.json:{dashboards}/compo-dashboard.json:ro", Texts(Compose["services"]!["grafana"]!["volumes"]));
    }

    [Fact]
    public void With_CUDA_each_trainer_has_a_device_of_its_own()
    {
        var services = DeployFolder.Yaml("compose", "compose.cuda.yml")["services"]!.AsObject();

        Assert.Equal(Nodes.Where(node => node.Arguments.Roles is [NodeOptions.TrainerRole]).Select(node => node.Name), services.Select(service => service.Key));
        Assert.All(services, service => Assert.True(File.Exists(Path.Combine(Repository.Root, $"{service.Value!["build"]!["dockerfile"]}"))));
        Assert.Distinct(services.SelectMany(service => Texts(service.Value!["deploy"]!["resources"]!["reservations"]!["devices"]![0]!["device_ids"])));
    }

    private static HashSet<string> Names(string section) => [.. Compose[section]!.AsObject().Select(entry => entry.Key)];

    private static IEnumerable<string> SecretsOf(JsonObject service) =>
        service["secrets"]!.AsArray().Select(secret => $"/run/secrets/{(secret is JsonObject map ? map["target"] : secret)}");

    private static IEnumerable<string> Texts(JsonNode? list) => (list?.AsArray() ?? []).Select(item => $"{item}");
}
