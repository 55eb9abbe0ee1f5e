using System.Globalization;
using System.Reflection;
using System.Text.Json;
using ComPO.Core.Errors;

namespace ComPO.Core.Runs;

/// <summary>
/// The settings of a run one by one, as text under their names in kebab-case: what presets, <c>--set</c> and options consist of. Model and data
/// are not among them; a command names them itself.
/// </summary>
public static class SettingValues
{
    private static readonly IReadOnlyDictionary<string, PropertyInfo> Settings = typeof(RunSettings).GetProperties()
        .Where(property => property.CanWrite && property.Name is not (nameof(RunSettings.Model) or nameof(RunSettings.Data)))
        .ToDictionary(property => NameOf(property.Name), StringComparer.Ordinal);

    // Of each pair a run has one: who gives the one takes the other away.
    private static readonly (string One, string Other)[] Exclusive = [("density", "threshold"), ("checkpoints", "checkpoint-every")];

    /// <summary>The names of all settings, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Settings.Keys.Order(StringComparer.Ordinal)];

    /// <summary>
    /// These settings with some values replaced, which are given together: where two settings exclude each other, the one that is given takes the
    /// place of the other. Ranges are left to <see cref="RunSettings.Validate"/>.
    /// </summary>
    /// <param name="settings">The settings to begin with.</param>
    /// <param name="values">Texts by name; a name may also be spelled as in the run log, <c>noiseThreshold</c> for <c>noise-threshold</c>.</param>
    /// <param name="source">Who gives them, for the sentence.</param>
    /// <exception cref="UsageException">There is no such setting, or the text is none of its values.</exception>
    public static RunSettings With(this RunSettings settings, IEnumerable<KeyValuePair<string, string>> values, string source)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(values);
        var changed = settings with { };
        var given = values.Select(value => KeyValuePair.Create(NameOf(value.Key), value.Value)).ToList();
        var names = given.Select(value => value.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (one, other) in Exclusive)
        {
            if (names.Contains(one))
                Clear(changed, other);
            if (names.Contains(other))
                Clear(changed, one);
        }
        foreach (var (name, text) in given)
        {
            if (!Settings.TryGetValue(name, out var setting))
                throw new UsageException($"{source} sets '{name}', which is no setting of a run; expected one of {string.Join(", ", Names)}.");
            setting.SetValue(changed, Read(setting.PropertyType, text.Trim(), expected =>
                new UsageException($"{source} sets {name} to '{text}'; expected {expected}.")));
        }
        return changed;
    }

    /// <summary>The values of all settings that have one, in the order of <see cref="Names"/>, each as <see cref="With"/> reads it.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ValuesOf(RunSettings settings) => Names
        .Select(name => KeyValuePair.Create(name, Write(Settings[name].GetValue(settings))))
        .Where(value => value.Value.Length > 0);

    private static string NameOf(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private static void Clear(RunSettings settings, string name) =>
        Settings[name].SetValue(settings, name == "checkpoints" ? Array.Empty<int>() : null);

    private static string Write(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        Enum word => NameOf(word.ToString()),
        IReadOnlyList<int> numbers => string.Join(',', numbers),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static object Read(Type type, string text, Func<string, UsageException> refusal)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            return Enum.GetValues(type).Cast<Enum>().FirstOrDefault(value => Write(value) == text)
                ?? throw refusal(string.Join(" or ", Enum.GetValues(type).Cast<Enum>().Select(Write)));
        }
        if (type == typeof(bool))
            return bool.TryParse(text, out var flag) ? flag : throw refusal("true or false");
        if (type == typeof(double))
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw refusal("a number");
        if (type == typeof(int))
            return ReadWhole<int>(text, refusal);
        if (type == typeof(uint))
            return ReadWhole<uint>(text, refusal);
        if (type == typeof(IReadOnlyList<int>))
            return text.Split(',').Select(part => ReadWhole<int>(part, refusal)).ToArray();
        return text;
    }

    private static T ReadWhole<T>(string text, Func<string, UsageException> refusal)
        where T : struct, System.Numerics.INumber<T> =>
        T.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var number)
            ? number : throw refusal("a whole number");
}
