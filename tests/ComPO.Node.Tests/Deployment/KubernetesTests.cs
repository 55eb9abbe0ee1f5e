using System.Text.Json.Nodes;
using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Dashboard;
using ComPO.Node.Commands;
using ComPO.Node.Web;
using ComPO.Protocol.Security;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace ComPO.Node.Tests.Deployment;

/// <summary>The manifests are Kubernetes' in every field, and say what nodes understand.</summary>
public sealed class KubernetesTests
{
    private static readonly JsonNode Kustomization = DeployFolder.Yaml("kubernetes", "kustomization.yaml");

    // Strict: a field that Kubernetes does not know is an error.
    private static readonly object[] Objects =
        [.. Kustomization["resources"]!.AsArray().SelectMany(file => KubernetesYaml.LoadAllFromString(DeployFolder.Text("kubernetes", $"{file}"), null, strict: true))];

    private static readonly V1StatefulSet Seeds = Objects.OfType<V1StatefulSet>().Single();

    private static readonly V1Deployment Trainers = Objects.OfType<V1Deployment>().Single();

    private static readonly V1PodTemplateSpec[] Pods = [Seeds.Spec.Template, Trainers.Spec.Template];

    [Fact]
    public void Every_manifest_is_applied()
    {
        var manifests = Directory.EnumerateFiles(DeployFolder.Of("kubernetes"), "*.yaml").Select(file => Path.GetFileName(file)!).Where(name => name != "kustomization.yaml");

        Assert.Equal(manifests.Order(), Kustomization["resources"]!.AsArray().Select(file => $"{file}").Order());
        Assert.Equal($"{Kustomization["namespace"]}", Objects.OfType<V1Namespace>().Single().Metadata.Name);
    }

    [Fact]
    public void Seeds_have_the_names_by_which_all_look_for_them()
    {
        var config = DeployFolder.Configuration("kubernetes", "compo.conf");
        var service = Objects.OfType<V1Service>().Single();
        var domain = $"{service.Metadata.Name}.{Kustomization["namespace"]}.svc.cluster.local";
        var port = RoleCommand.DefaultPort;

        Assert.Equal(
            Enumerable.Range(0, Seeds.Spec.Replicas!.Value).Select(i => new Address("akka.tcp", "ComPO", $"{Seeds.Metadata.Name}-{i}.{domain}", port)),
            config.GetStringList("akka.cluster.seed-nodes").Select(Address.Parse));
        Assert.Equal($"$(POD_NAME).{domain}", Arguments(Seeds.Spec.Template)["--hostname"]);
        Assert.Equal("$(POD_IP)", Arguments(Trainers.Spec.Template)["--hostname"]);
        Assert.Equal((service.Metadata.Name, "None", true), (Seeds.Spec.ServiceName, service.Spec.ClusterIP, service.Spec.PublishNotReadyAddresses));
        // None is ready before most are there.
        Assert.Equal("Parallel", Seeds.Spec.PodManagementPolicy);
        var budget = Objects.OfType<V1PodDisruptionBudget>().Single();
        Assert.True(int.Parse(budget.Spec.MaxUnavailable.Value, System.Globalization.CultureInfo.InvariantCulture) < (Seeds.Spec.Replicas + 1) / 2);
        foreach (var selector in new[] { service.Spec.Selector, budget.Spec.Selector.MatchLabels, Seeds.Spec.Selector.MatchLabels })
        {
            Assert.Subset(Seeds.Spec.Template.Metadata.Labels.ToHashSet(), selector.ToHashSet());
            Assert.NotEmpty(selector.Except(Trainers.Spec.Template.Metadata.Labels));
        }
        Assert.Subset(Trainers.Spec.Template.Metadata.Labels.ToHashSet(), Trainers.Spec.Selector.MatchLabels.ToHashSet());
    }

    [Fact]
    public void Nodes_are_given_roles_and_ports_that_are_probed_where_they_answer()
    {
        Assert.Equal([NodeOptions.SeedRole], Arguments(Seeds.Spec.Template).Roles);
        Assert.Equal([NodeOptions.TrainerRole], Arguments(Trainers.Spec.Template).Roles);
        Assert.Equal("0.0.0.0", HttpSettings.Read(DeployFolder.Configuration("kubernetes", "compo.conf"), isSeed: true)!.Hostname);
        var paths = HealthPaths();
        var rejoining = DeployFolder.Configuration("kubernetes", "compo.conf").GetTimeSpan("compo.node.rejoin-interval");
        Assert.All(Pods, pod =>
        {
            var (node, arguments) = (pod.Spec.Containers.Single(), Arguments(pod));
            Assert.Equal([("akka", RoleCommand.DefaultPort), ("http", HttpSettings.UsualPort)], node.Ports.Select(port => (port.Name, port.ContainerPort)));
            Assert.Equal((RoleCommand.DefaultPort, $"{HttpSettings.UsualPort}"), (arguments.Port, arguments["--http-port"]));
            Assert.Equal($"{HttpSettings.UsualPort}", pod.Metadata.Annotations["prometheus.io/port"]);
            Assert.Equal(
                [("/health/live", "http"), ("/health/live", "http"), ("/health/ready", "http")],
                new[] { node.StartupProbe, node.LivenessProbe, node.ReadinessProbe }.Select(probe => (probe.HttpGet.Path, probe.HttpGet.Port.Value)));
            Assert.Subset(paths, new HashSet<string> { node.LivenessProbe.HttpGet.Path, node.ReadinessProbe.HttpGet.Path });
            Assert.True(node.LivenessProbe.FailureThreshold > 1 && node.LivenessProbe.FailureThreshold * node.LivenessProbe.PeriodSeconds > 5 * rejoining.TotalSeconds);
            Assert.True(pod.Spec.TerminationGracePeriodSeconds >= 60);
        });
    }

    [Fact]
    public void Pods_are_not_root_and_write_only_where_they_may()
    {
        Assert.All(Pods, pod =>
        {
            var node = pod.Spec.Containers.Single();
            Assert.True(pod.Spec.SecurityContext.RunAsNonRoot);
            Assert.NotEqual(0, pod.Spec.SecurityContext.RunAsUser);
            Assert.False(pod.Spec.AutomountServiceAccountToken);
            Assert.Equal((false, true, "ALL"), (node.SecurityContext.AllowPrivilegeEscalation, node.SecurityContext.ReadOnlyRootFilesystem, node.SecurityContext.Capabilities.Drop.Single()));
            var writable = node.VolumeMounts.Where(mount => mount.ReadOnlyProperty != true).Select(mount => mount.MountPath).ToArray();
            Assert.Equal(["/runs", Arguments(pod)["--state"], "/tmp"], writable);
        });
        Assert.Equal("1", Trainers.Spec.Template.Spec.Containers.Single().Resources.Limits["nvidia.com/gpu"].ToString());
    }

    [Fact]
    public void What_is_mounted_is_there_and_holds_what_the_configuration_names()
    {
        var tls = TlsFiles.Read(DeployFolder.Configuration("kubernetes", "compo.conf"))!;
        var claims = Objects.OfType<V1PersistentVolumeClaim>().Select(claim => claim.Metadata.Name).ToHashSet();
        Assert.All(Pods, pod =>
        {
            var volumes = pod.Spec.Volumes.ToDictionary(volume => volume.Name);
            Assert.Equal(volumes.Keys.Order(), pod.Spec.Containers.Single().VolumeMounts.Select(mount => mount.Name).Order());
            Assert.Subset(claims, volumes.Values.Where(volume => volume.PersistentVolumeClaim is not null).Select(volume => volume.PersistentVolumeClaim.ClaimName).ToHashSet());
            var files = pod.Spec.Containers.Single().VolumeMounts.SelectMany(mount => volumes[mount.Name] switch
            {
                { Secret: { } secret } => Generated("secretGenerator", secret.SecretName).Select(file => $"{mount.MountPath}/{file}"),
                { ConfigMap: { } map } => Generated("configMapGenerator", map.Name).Where(file => file == mount.SubPath).Select(_ => mount.MountPath),
                _ => [],
            }).ToHashSet();
            Assert.Subset(files, new HashSet<string> { Arguments(pod).Config.ToString(), tls.Certificate, tls.Key!, tls.Authority });
        });
    }

    [Fact]
    public void The_environment_is_what_is_heeded_and_comes_from_secrets()
    {
        var environment = Pods.SelectMany(pod => pod.Spec.Containers.Single().Env).ToArray();

        Assert.Equal(["COMPO_DASHBOARD_TOKEN", "PGPASSWORD", "POD_IP", "POD_NAME"], environment.Select(variable => variable.Name).Order(StringComparer.Ordinal));
        Assert.Contains(environment, variable => variable.Name == DashboardSettings.TokenVariable);
        Assert.All(environment, variable => Assert.Null(variable.Value));
        Assert.All(environment.Where(variable => variable.ValueFrom.SecretKeyRef is not null), variable =>
            Assert.Contains(variable.ValueFrom.SecretKeyRef.Key, Generated("secretGenerator", variable.ValueFrom.SecretKeyRef.Name)));
        Assert.Null(new NpgsqlConnectionStringBuilder(DeployFolder.Configuration("kubernetes", "compo.conf").GetString("compo.persistence.connection-string")).Password);
    }

    [Fact]
    public void Only_what_nodes_use_is_let_through()
    {
        var policies = Objects.OfType<V1NetworkPolicy>().ToDictionary(policy => policy.Metadata.Name);
        var (all, journal) = (policies["compo"].Spec, policies["journal"].Spec);

        Assert.Equal([RoleCommand.DefaultPort, HttpSettings.UsualPort], all.Ingress.SelectMany(rule => rule.Ports).Select(Number));
        Assert.Equal([RoleCommand.DefaultPort, 53, 53], all.Egress.SelectMany(rule => rule.Ports).Select(Number));
        Assert.Equal([new NpgsqlConnectionStringBuilder("Host=h").Port], journal.Egress.SelectMany(rule => rule.Ports).Select(Number));
        Assert.All(Pods, pod => Assert.Subset(pod.Metadata.Labels.ToHashSet(), all.PodSelector.MatchLabels.ToHashSet()));
        Assert.Subset(Seeds.Spec.Template.Metadata.Labels.ToHashSet(), journal.PodSelector.MatchLabels.ToHashSet());

        static int Number(V1NetworkPolicyPort port) => int.Parse(port.Port.Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static NodeArguments Arguments(V1PodTemplateSpec pod) => new(pod.Spec.Containers.Single().Args);

    private static string[] Generated(string kind, string name) =>
        [.. Kustomization[kind]!.AsArray().Single(generator => $"{generator!["name"]}" == name)!["files"]!.AsArray().Select(file => Path.GetFileName($"{file}"))];

    /// <summary>Where a node answers how it is.</summary>
    private static HashSet<string> HealthPaths()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var pages = HealthPages.Of(new NodeOptions { Roles = [NodeOptions.SeedRole] });
        pages.AddServices(builder.Services);
        var application = builder.Build();
        pages.Map(application);
        return [.. ((IEndpointRouteBuilder)application).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Select(endpoint => endpoint.RoutePattern.RawText!)];
    }
}
