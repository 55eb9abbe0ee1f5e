using System.Runtime.InteropServices;
using System.Text.Json;
using ComPO.Core.Safetensors;

namespace ComPO.Torch.Tests;

/// <summary>Models and results that others published, beside the repository; tests that need them are skipped where they are absent.</summary>
internal static class PublishedData
{
    public static string Model(string name) => Repository.Data("models", name);

    public static JsonElement Golden(string model)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Model(model), "golden.json")));
        return json.RootElement.Clone();
    }
}

/// <summary>The tensors of <c>golden_full.safetensors</c>, read without the code under test but for the header.</summary>
internal sealed class GoldenTensors(string model)
{
    private readonly byte[] _file = File.ReadAllBytes(Path.Combine(PublishedData.Model(model), "golden_full.safetensors"));

    public double[] Doubles(string name) => MemoryMarshal.Cast<byte, double>(Bytes(name, TensorType.Float64)).ToArray();

    public long[] Longs(string name) => MemoryMarshal.Cast<byte, long>(Bytes(name, TensorType.Int64)).ToArray();

    public bool Has(string name) => SafetensorsHeader.Parse(_file).TryGet(name, out _);

    private ReadOnlySpan<byte> Bytes(string name, TensorType type)
    {
        var header = SafetensorsHeader.Parse(_file);
        Assert.True(header.TryGet(name, out var entry), name);
        Assert.Equal(type, entry.Type);
        return _file.AsSpan((int)(header.DataOffset + entry.Offset), (int)entry.SizeBytes);
    }
}
