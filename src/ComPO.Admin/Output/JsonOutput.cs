using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ComPO.Core.Runs;

namespace ComPO.Admin.Output;

/// <summary>
/// What <c>--json</c> prints: protocol messages under their own camelCase names, but for <c>run</c>, which is the name's name in
/// run logs; digests as 32 hexadecimal digits; phases as camelCase words.
/// </summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        // Paths and sentences are read by people too.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new DigestConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameTheRun } },
    };

    /// <summary>One object on one line.</summary>
    public static string Line(object value) => JsonSerializer.Serialize(value, value.GetType(), Options);

    /// <summary>One object on one line, with a member more that is JSON already.</summary>
    public static string Line(object value, (string Name, string Json) member)
    {
        var line = JsonSerializer.SerializeToNode(value, value.GetType(), Options)!.AsObject();
        line.Add(member.Name, JsonNode.Parse(member.Json));
        return line.ToJsonString(Options);
    }

    private static void NameTheRun(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(property => property.Name == "runId"))
            property.Name = "run";
    }
}
