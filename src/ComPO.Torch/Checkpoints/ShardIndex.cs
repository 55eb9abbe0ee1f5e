using System.Text.Json;
using System.Text.Json.Nodes;
using ComPO.Core.Errors;

namespace ComPO.Torch.Checkpoints;

/// <summary><c>model.safetensors.index.json</c>: which file holds which tensor of a model that is cut into several files.</summary>
internal sealed class ShardIndex
{
    public const string FileName = "model.safetensors.index.json";

    private readonly JsonObject _json;
    private readonly string _path;

    private ShardIndex(string path, JsonObject json, Dictionary<string, string> fileOfTensor) =>
        (_path, _json, FileOfTensor) = (path, json, fileOfTensor);

    /// <summary>The file name, without a folder, of each tensor.</summary>
    public IReadOnlyDictionary<string, string> FileOfTensor { get; }

    public static ShardIndex Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject;
            if (json?["weight_map"] is not JsonObject map) throw new ModelException($"{path} has no weight_map.");
            var files = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (tensor, file) in map)
                files[tensor] = FileNameOf(path, tensor, file);
            return new ShardIndex(path, json, files);
        }
        catch (Exception cause) when (cause is JsonException or ArgumentException or InvalidOperationException)
        {
            // JsonNode reports a member given twice, when it is first looked into, as an argument, and half of a surrogate pair as an operation.
            throw new ModelException($"{path} is not valid JSON: {cause.Message}", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path} cannot be read: {cause.Message}", cause);
        }
    }

    /// <summary>The index with the head in <paramref name="file"/> and the total size changed by <paramref name="addedBytes"/>; other members as they were.</summary>
    public string WithHead(string headTensor, string file, long addedBytes)
    {
        var json = (JsonObject)_json.DeepClone();
        json["weight_map"]![headTensor] = file;
        if (json["metadata"] is JsonObject metadata && metadata["total_size"] is JsonValue size && size.TryGetValue<long>(out var bytes))
            metadata["total_size"] = bytes + addedBytes;
        return json.ToJsonString(JsonFiles.Indented) + "\n";
    }

    private static string FileNameOf(string path, string tensor, JsonNode? file)
    {
        if (file is not JsonValue value || !value.TryGetValue<string>(out var name) || name.Length == 0 || name is "." or ".." || Path.GetFileName(name) != name)
            throw new ModelException($"{path}: the file of tensor {tensor} is {file?.ToJsonString() ?? "null"}; a file name in the same folder is expected.");
        return name;
    }

    public override string ToString() => _path;
}
