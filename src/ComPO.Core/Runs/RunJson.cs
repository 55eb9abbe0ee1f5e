using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ComPO.Core.Errors;

namespace ComPO.Core.Runs;

/// <summary>How settings and the lines of a run log are spelled: camelCase members, kebab-case choices, nulls written, nothing unknown read.</summary>
internal static class RunJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false), new DigestConverter() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        // A log is not a web page: paths stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // For people too; and a later version may say more in it.
    private static readonly JsonSerializerOptions FileOptions = new(Options) { WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static string WriteFile<T>(T value) => JsonSerializer.Serialize(value, FileOptions);

    public static RunSettings ReadSettings(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<RunSettings>(json, Options)
                ?? throw new UsageException("The settings of a run are null: expected a JSON object.");
        }
        catch (JsonException e)
        {
            throw new UsageException($"The settings of a run cannot be read: {e.Message}", e);
        }
    }

    public static T ReadLine<T>(string line, string where) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Options) ?? throw new RunLogException($"{where} is null: expected a JSON object.");
        }
        catch (JsonException e)
        {
            throw new RunLogException($"{where} is not a whole line of a run log: {e.Message}", e);
        }
    }

    public static T ReadFile<T>(ReadOnlySpan<byte> text, string where) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, FileOptions) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new RunLogException($"{where} is not what a run writes when it ends: {e.Message} Move it away to read the log without it.", e);
        }
    }
}
