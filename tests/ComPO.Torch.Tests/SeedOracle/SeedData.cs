using System.Runtime.InteropServices;
using System.Text.Json;
using ComPO.Core.Pairs;
using ComPO.Core.Safetensors;

namespace ComPO.Torch.Tests.SeedOracle;

/// <summary>What the ComPO authors' own oracle and aggregation code gave on a small model (see the shared data's README).</summary>
internal static class SeedData
{
    private static readonly Lazy<JsonElement> LoadedGolden = new(() =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Data("seed-oracle"), "golden.json"))).RootElement);

    private static readonly Lazy<double[]> LoadedZ = new(ReadZ);

    public static JsonElement Golden => LoadedGolden.Value;

    /// <summary>The perturbations, [64, 512, 64].</summary>
    public static double[] Z => LoadedZ.Value;

    /// <summary>The three pairs of the oracle's runs, padding removed.</summary>
    public static TokenizedPair[] Pairs => Read(Golden.GetProperty("pairs"));

    /// <summary>The 24 pairs that the authors' selection was tried on, padding removed.</summary>
    public static TokenizedPair[] CandidatePairs => Read(Golden.GetProperty("noisy_pair_select").GetProperty("pairs"));

    public static double[][] Doubles(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray())];

    private static TokenizedPair[] Read(JsonElement pairs) =>
        [.. pairs.EnumerateArray().Select((pair, row) => new TokenizedPair(row, Ids(pair, "prompt"), Ids(pair, "chosen"), Ids(pair, "rejected")))];

    private static int[] Ids(JsonElement pair, string part)
    {
        var ids = pair.GetProperty($"{part}_input_ids").EnumerateArray().Select(id => id.GetInt32());
        var mask = pair.GetProperty($"{part}_attention_mask").EnumerateArray().Select(one => one.GetInt32());
        return [.. ids.Zip(mask).Where(token => token.Second == 1).Select(token => token.First)];
    }

    private static double[] ReadZ()
    {
        var file = File.ReadAllBytes(Path.Combine(Repository.Data("seed-oracle"), "z.safetensors"));
        var header = SafetensorsHeader.Parse(file);
        Assert.True(header.TryGet("z", out var entry));
        return MemoryMarshal.Cast<byte, double>(file.AsSpan((int)(header.DataOffset + entry.Offset), (int)entry.SizeBytes)).ToArray();
    }
}
