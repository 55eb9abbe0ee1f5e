namespace ComPO.Torch.Configuration;

/// <summary>Reads which blocks of a decoder see only the last positions, and how many.</summary>
internal static class SlidingWindows
{
    private const int DefaultWindow = 4096, DefaultFirstWindowBlock = 28;
    private const string Sliding = "sliding_attention", Full = "full_attention";

    /// <summary>For each block the number of positions it sees, its own included, or null for all; empty when no block has a window.</summary>
    public static IReadOnlyList<int?> Read(ConfigObject json, WindowRule rule, int blocks)
    {
        var types = json.Has("layer_types") ? json.Texts("layer_types") : null;
        if (types is not null) CheckTypes(json, types, rule, blocks);
        var window = WindowOf(json, rule);
        if (window is null)
            return types?.Contains(Sliding) != true ? [] : throw json.Wrong("layer_types", $"names {Sliding}, but sliding_window is not set");

        var firstBlock = rule == WindowRule.LastBlocks ? json.Whole("max_window_layers", DefaultFirstWindowBlock) : 0;
        bool Slides(int block) => types is not null ? types[block] == Sliding : rule switch
        {
            WindowRule.EvenBlocks => block % 2 == 0,
            WindowRule.LastBlocks => block >= firstBlock,
            _ => true,
        };
        return [.. Enumerable.Range(0, blocks).Select(block => Slides(block) ? window : null)];
    }

    private static int? WindowOf(ConfigObject json, WindowRule rule)
    {
        var isOn = rule != WindowRule.None && (rule != WindowRule.LastBlocks || json.Flag("use_sliding_window")) && !json.IsNull("sliding_window");
        return isOn ? json.Count("sliding_window", DefaultWindow) : null;
    }

    private static void CheckTypes(ConfigObject json, IReadOnlyList<string> types, WindowRule rule, int blocks)
    {
        if (rule is WindowRule.None or WindowRule.AllBlocks)
            throw json.Wrong("layer_types", "is not supported for this architecture, whose blocks are all alike");
        if (types.Count != blocks)
            throw json.Wrong("layer_types", $"names {types.Count} blocks, and num_hidden_layers is {blocks}");
        foreach (var type in types)
            if (type is not (Sliding or Full))
                throw json.Wrong("layer_types", $"names {type}, which is not supported; {Sliding} and {Full} are");
    }
}
