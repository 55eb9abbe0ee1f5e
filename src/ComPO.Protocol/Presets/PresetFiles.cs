using System.Globalization;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Runs;

namespace ComPO.Protocol.Presets;

/// <summary>Where presets are found, and how they are read: by name in the folder beside the program, or by path.</summary>
public static class PresetFiles
{
    private const string Extension = ".conf";

    /// <summary>The folder of the presets that come with the program.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "presets");

    /// <summary>The names of the presets that come with the program, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, "*" + Extension).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Finds and reads a preset. It must hold together by itself, so that a mistake in it is told with its file.</summary>
    /// <param name="nameOrPath">One of <see cref="Names"/>, or the path of a file.</param>
    /// <exception cref="UsageException">There is no such preset, or it cannot be used.</exception>
    public static Preset Read(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        var path = Names.Contains(nameOrPath) ? Path.Combine(Folder, nameOrPath + Extension) : Path.GetFullPath(nameOrPath);
        if (!File.Exists(path))
            throw new UsageException($"There is no preset '{nameOrPath}'; expected {string.Join(", ", Names)}, or the path of a file.");
        var preset = Parse(path);
        var settings = preset.ApplyTo(new RunSettings { Model = "-", Data = "-" });
        try
        {
            settings.Validate();
        }
        catch (UsageException cause)
        {
            throw new UsageException($"The preset {path} does not hold together: {cause.Message}", cause);
        }
        return preset;
    }

    private static Preset Parse(string path)
    {
        try
        {
            var config = ConfigurationFactory.ParseString(File.ReadAllText(path));
            var sections = config.IsEmpty ? [] : config.Root.GetObject().Items;
            if (sections.Keys.FirstOrDefault(key => key is not ("run" or "model")) is { } unknown)
                throw new UsageException($"The preset {path} has the section '{unknown}'; expected run, with settings, and perhaps model.");
            return new Preset(path, Values(sections.GetValueOrDefault("run")), ReadModel(Values(sections.GetValueOrDefault("model")), path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The preset {path} cannot be read ({exception.Message}).", exception);
        }
        catch (Exception exception) when (exception is ConfigurationException or FormatException)
        {
            throw new UsageException($"The preset {path} is not HOCON of settings ({exception.Message.ReplaceLineEndings(" ")}).", exception);
        }
    }

    private static Dictionary<string, string> Values(HoconValue? section)
    {
        if (section is null)
            return [];
        if (!section.IsObject())
            throw new FormatException($"'{section.GetString()}' is no section of values");
        return section.GetObject().Items.ToDictionary(item => item.Key, item => Text(item.Key, item.Value), StringComparer.Ordinal);
    }

    private static string Text(string key, HoconValue value) =>
        value.IsArray() ? string.Join(',', value.GetStringList())
        : value.IsString() ? value.GetString()
        : throw new FormatException($"{key} is neither a value nor a list of values");

    private static PresetModel? ReadModel(Dictionary<string, string> values, string path)
    {
        if (values.Count == 0)
            return null;
        if (values.Keys.FirstOrDefault(key => key is not ("vocabulary-size" or "hidden-size" or "final-logit-soft-cap")) is { } unknown)
            throw new UsageException($"The preset {path} says '{unknown}' of its model; expected vocabulary-size, hidden-size and final-logit-soft-cap.");
        return new PresetModel(
            new HeadShape(Size("vocabulary-size"), Size("hidden-size")),
            values.TryGetValue("final-logit-soft-cap", out var cap) ? Cap(cap) : null);

        int Size(string key) => int.TryParse(values.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0
            ? size
            : throw new UsageException($"The preset {path} gives its model the {key} '{values.GetValueOrDefault(key)}'; expected a positive whole number.");

        double Cap(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var cap) && cap > 0
            ? cap
            : throw new UsageException($"The preset {path} gives its model the final-logit-soft-cap '{text}'; expected a positive number.");
    }
}
