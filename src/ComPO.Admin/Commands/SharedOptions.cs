using System.CommandLine;
using Akka.Actor;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary>The options of every command.</summary>
internal static class SharedOptions
{
    /// <summary><c>--contact</c>: the seed node to talk to.</summary>
    public static Option<Address> Contact { get; } = new("--contact")
    {
        Description = "The seed node to talk to.",
        HelpName = "ADDRESS",
        Recursive = true,
        DefaultValueFactory = _ => Address.Parse(AdminAddress.DefaultContact),
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Address.TryParse(text, out var address) && address is { Protocol: "akka.tcp", System: AdminAddress.SystemName, Host: not null, Port: not null })
                return address;
            result.AddError($"Option --contact is '{text}'; expected an address such as {AdminAddress.DefaultContact}");
            return Address.AllSystems;
        },
    };

    /// <summary><c>--json</c>: results for programs.</summary>
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print one JSON object (watch: one line an iteration, and the status last).",
        Recursive = true,
    };

    /// <summary><c>--verbose</c>: the stack trace of an error.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Print the stack trace of an error.",
        Recursive = true,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Contact, Json, Verbose];
}
