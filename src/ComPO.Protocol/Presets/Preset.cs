using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Runs;

namespace ComPO.Protocol.Presets;

/// <summary>Settings of runs that belong together, as a HOCON file has them: those of a published model, for one.</summary>
/// <param name="Path">The file, as a full path.</param>
/// <param name="Values">Its section <c>run</c>: texts by the names of settings.</param>
/// <param name="Model">Its section <c>model</c>, which says what head the values were made for; null when it has none.</param>
public sealed record Preset(string Path, IReadOnlyDictionary<string, string> Values, PresetModel? Model)
{
    /// <summary>The settings of the preset in the place of others.</summary>
    /// <exception cref="UsageException">It names an unknown setting, or a value that the setting cannot have.</exception>
    public RunSettings ApplyTo(RunSettings settings) => settings.With(Values, $"The preset {Path}");
}

/// <summary>The model that a preset was made for.</summary>
/// <param name="Head">V and d.</param>
/// <param name="FinalLogitSoftCap">c of c·tanh(x/c), or null.</param>
public sealed record PresetModel(HeadShape Head, double? FinalLogitSoftCap);
