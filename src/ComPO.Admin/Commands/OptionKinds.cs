using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ComPO.Protocol;
using ComPO.Protocol.Security;

namespace ComPO.Admin.Commands;

/// <summary>
/// The kinds of options, each of which refuses what it cannot read with the option's name. Ranges are the settings' own
/// business: they hold wherever settings come from.
/// </summary>
internal static class OptionKinds
{
    /// <summary>A number with a default.</summary>
    public static Option<T> Number<T>(string name, string helpName, string description, T standard)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => standard,
            CustomParser = result => ReadNumber<T>(name, result.Tokens[0].Value, result.AddError),
        };

    /// <summary>A number that may be left out.</summary>
    public static Option<T?> OptionalNumber<T>(string name, string helpName, string description)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result => ReadNumber<T>(name, result.Tokens[0].Value, result.AddError),
        };

    /// <summary>Numbers separated by commas.</summary>
    public static Option<int[]> Numbers(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result => [.. result.Tokens[0].Value.Split(',').Select(number => ReadNumber<int>(name, number, result.AddError))],
        Arity = ArgumentArity.ExactlyOne,
    };

    /// <summary>One of an enum's names in kebab-case.</summary>
    public static Option<string> Choice<T>(string name, string description, T standard)
        where T : struct, Enum
    {
        var words = Enum.GetValues<T>().Select(Word).ToArray();
        var option = new Option<string>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => Word(standard),
        };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !words.Contains(token.Value)))
                result.AddError($"Option {name} is '{token.Value}'; expected {string.Join(" or ", words)}");
        });
        return option;
    }

    /// <summary>Settings as <c>key=value</c>, any number of them.</summary>
    public static Option<KeyValuePair<string, string>[]> Assignments(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token =>
        {
            if (token.Value.Split('=', 2) is [{ Length: > 0 } key, { Length: > 0 } value])
                return KeyValuePair.Create(key, value);
            result.AddError($"Option {name} is '{token.Value}'; expected {helpName}");
            return default;
        })],
    };

    /// <summary>A path or name that may be left out.</summary>
    public static Option<string?> Text(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName };

    /// <summary>The address of a node.</summary>
    public static Option<string?> Address(string description)
    {
        var option = new Option<string?>("--address", "-a") { Description = description, HelpName = "ADDRESS" };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !Akka.Actor.Address.TryParse(token.Value, out var address) || !TransportSecurity.IsMember(address)))
                result.AddError($"Option --address is '{token.Value}'; expected an address such as {AdminAddress.DefaultContact}");
        });
        return option;
    }

    /// <summary>A path that must be given.</summary>
    public static Option<string> RequiredText(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName, Required = true };

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static T ReadNumber<T>(string name, string text, Action<string> refuse)
        where T : struct, INumber<T>
    {
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return number;
        refuse($"Option {name} is '{text}'; expected a {(T.IsInteger(T.One / (T.One + T.One)) ? "whole " : "")}number");
        return default;
    }
}
