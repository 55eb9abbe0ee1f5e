using System.Text.Json.Nodes;
using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Node.Hosting;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace ComPO.Node.Tests.Deployment;

/// <summary>The folder deploy/ of the repository.</summary>
internal static class DeployFolder
{
    public static string Root { get; } = Path.Combine(Repository.Root, "deploy");

    public static string Of(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Text(params string[] parts) => File.ReadAllText(Of(parts));

    /// <summary>A YAML file as JSON: aliases resolved, <c>&lt;&lt;</c> merged.</summary>
    public static JsonNode Yaml(params string[] parts)
    {
        using var reader = File.OpenText(Of(parts));
        var content = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize(new MergingParser(new Parser(reader)));
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(content))!;
    }

    /// <summary>A node's configuration, refused as the node would, over its defaults.</summary>
    public static Config Configuration(params string[] parts) => NodeConfiguration.Read(Of(parts)).WithFallback(ComPODefaults.Hocon);
}
