namespace ComPO.Torch.Configuration;

/// <summary>
/// Reads <c>rope_scaling</c>, or <c>rope_parameters</c> as version 5 of transformers calls it, with the defaults of that
/// library. Options it would ignore are ignored.
/// </summary>
internal static class RopeScalingReader
{
    /// <param name="json">The whole configuration.</param>
    /// <param name="rope">The object about rotary embeddings in it, if there is one.</param>
    /// <param name="headSize">The width of one head.</param>
    /// <param name="contextLength">The longest sequence the model was made for, in tokens.</param>
    public static RopeScaling? Read(ConfigObject json, ConfigObject? rope, int headSize, int contextLength)
    {
        foreach (var layerType in (string[])["full_attention", "sliding_attention"])
            if (rope?.Has(layerType) == true) throw rope.Wrong(layerType, "gives some layers rotary options of their own, which is not supported");

        var kind = rope?.Text("rope_type") ?? rope?.Text("type") ?? "default";
        if (rope is not null && kind == "proportional") return ReadProportional(json, rope, headSize);
        RefusePartialTurning(json);
        if (rope is null) return null;
        RefusePartialTurning(rope);

        // Where the original context stands beside the object, it comes first.
        var original = json.Count("original_max_position_embeddings", rope.Count("original_max_position_embeddings", contextLength));
        return kind switch
        {
            "default" => null,
            "linear" => new LinearRopeScaling(rope.Positive("factor")),
            "dynamic" => headSize > 2
                ? new DynamicRopeScaling(rope.Positive("factor"))
                : throw rope.Wrong("rope_type", "is dynamic, which needs heads wider than 2"),
            "yarn" => ReadYarn(rope, original, contextLength),
            "longrope" => ReadLongRope(rope, headSize / 2, original, contextLength),
            "llama3" => ReadLlama3(rope, original),
            var other => throw rope.Wrong(
                "rope_type", $"is {other}, which is not supported; this version computes linear, dynamic, yarn, longrope, llama3 and proportional"),
        };
    }

    private static void RefusePartialTurning(ConfigObject options)
    {
        if (options.Positive("partial_rotary_factor", 1) != 1)
            throw options.Wrong("partial_rotary_factor", "is not 1; heads that are turned in part are supported with rope_type proportional only");
    }

    /// <summary>Where the share stands beside the object, it comes first.</summary>
    private static ProportionalRopeScaling ReadProportional(ConfigObject json, ConfigObject rope, int headSize)
    {
        var share = json.Share("partial_rotary_factor", rope.Share("partial_rotary_factor", 1));
        return new ProportionalRopeScaling((int)(share * headSize / 2), rope.Positive("factor", 1));
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
