namespace ComPO.Torch.Configuration;

/// <summary>
/// Reads <c>rope_scaling</c>, or <c>rope_parameters</c> as version 5 of transformers calls it, with the defaults of that
/// library. Options it would ignore are ignored.
/// </summary>
internal static class RopeScalingReader
{
    /// <param name="json">The whole configuration.</param>
    /// <param name="rope">The object about rotary embeddings in it.</param>
    /// <param name="headSize">The width of one head.</param>
    /// <param name="contextLength">The longest sequence the model was made for, in tokens.</param>
    public static RopeScaling? Read(ConfigObject json, ConfigObject rope, int headSize, int contextLength)
    {
        if (rope.Positive("partial_rotary_factor", 1) != 1)
            throw rope.Wrong("partial_rotary_factor", "is not 1; heads that are turned in part are not supported");
        foreach (var layerType in (string[])["full_attention", "sliding_attention"])
            if (rope.Has(layerType)) throw rope.Wrong(layerType, "gives some layers rotary options of their own, which is not supported");

        // Where the original context stands beside the object, it comes first.
        var original = json.Count("original_max_position_embeddings", rope.Count("original_max_position_embeddings", contextLength));
        return (rope.Text("rope_type") ?? rope.Text("type") ?? "default") switch
        {
            "default" => null,
            "linear" => new LinearRopeScaling(rope.Positive("factor")),
            "dynamic" => headSize > 2
                ? new DynamicRopeScaling(rope.Positive("factor"))
                : throw rope.Wrong("rope_type", "is dynamic, which needs heads wider than 2"),
            "yarn" => ReadYarn(rope, original, contextLength),
            "longrope" => ReadLongRope(rope, headSize / 2, original, contextLength),
            "llama3" => ReadLlama3(rope, original),
            var other => throw rope.Wrong("rope_type", $"is {other}, which is not supported; this version computes linear, dynamic, yarn, longrope and llama3"),
        };
    }

    private static YarnRopeScaling ReadYarn(ConfigObject rope, int original, int contextLength)
    {
        var factor = rope.Positive("factor", (double)contextLength / original);
        double Magnitude(double scale) => factor <= 1 ? 1 : 0.1 * scale * Math.Log(factor) + 1;
        var attention = rope.Has("mscale") && rope.Has("mscale_all_dim")
            ? Magnitude(rope.Positive("mscale")) / Magnitude(rope.Positive("mscale_all_dim"))
            : Magnitude(1);
        var (fast, slow) = (rope.Positive("beta_fast", 32), rope.Positive("beta_slow", 1));
        if (fast < slow) throw rope.Wrong("beta_fast", $"is {fast}, below the {slow} of beta_slow");
        return new YarnRopeScaling(factor, rope.Positive("attention_factor", attention), fast, slow, original, rope.Flag("truncate", otherwise: true));
    }

    private static LongRopeScaling ReadLongRope(ConfigObject rope, int pairs, int original, int contextLength)
    {
        var factor = rope.Positive("factor", (double)contextLength / original);
        var attention = factor <= 1 ? 1 : Math.Sqrt(1 + Math.Log(factor) / Math.Log(original));
        return new LongRopeScaling(
            rope.Positives("short_factor", pairs), rope.Positives("long_factor", pairs), rope.Positive("attention_factor", attention), original);
    }

    private static Llama3RopeScaling ReadLlama3(ConfigObject rope, int original)
    {
        var scaling = new Llama3RopeScaling(rope.Positive("factor"), rope.Positive("low_freq_factor"), rope.Positive("high_freq_factor"), original);
        return scaling.LowFrequencyFactor < scaling.HighFrequencyFactor
            ? scaling
            : throw rope.Wrong("low_freq_factor", "is not below high_freq_factor");
    }
}
