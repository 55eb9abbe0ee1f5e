using System.Text.Json;
using ComPO.Core.Safetensors;

namespace ComPO.Torch.Tests.Checkpoints;

/// <summary>A published model in one file, written again as two files and an index.</summary>
internal static class ShardedModel
{
    public static TemporaryFolder Of(string model)
    {
        var folder = new TemporaryFolder();
        folder.CopyAll(PublishedData.Model(model));
        var file = File.ReadAllBytes(folder["model.safetensors"]);
        File.Delete(folder["model.safetensors"]);

        var header = SafetensorsHeader.Parse(file);
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var shard = 0; shard < 2; shard++)
        {
            var name = $"model-0000{shard + 1}-of-00002.safetensors";
            var tensors = header.Tensors.Where((_, i) => i % 2 == shard).ToArray();
            using var stream = File.Create(folder[name]);
            SafetensorsWriter.Write(stream, tensors.Select(tensor => new TensorContent(
                tensor.Name, tensor.Type, tensor.Shape, file.AsMemory((int)(header.DataOffset + tensor.Offset), (int)tensor.SizeBytes))));
            foreach (var tensor in tensors) map[tensor.Name] = name;
        }
        folder.Write("model.safetensors.index.json", JsonSerializer.Serialize(new { metadata = new { total_size = header.Tensors.Sum(tensor => tensor.SizeBytes), note = "é" }, weight_map = map }));
        return folder;
    }
}
