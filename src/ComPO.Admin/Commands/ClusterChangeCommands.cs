using System.CommandLine;
using ComPO.Admin.Output;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>cluster join</c>, <c>leave</c>, <c>down</c> and <c>down-unreachable</c>: change who is in the cluster.</summary>
internal static class ClusterChangeCommands
{
    private static readonly Option<string?> Cluster = Required("A member of the cluster to join.");
    private static readonly Option<string?> Leaving = OptionKinds.Address("The member. [default: the node that --contact names]");
    private static readonly Option<string?> Downed = Required("The member.");

    /// <summary>The rows of the table.</summary>
    public static IReadOnlyList<ConsoleCommand> Rows { get; } =
    [
        Row("join", "Have the node that --contact names, which is in no cluster yet, join one.", MembershipChange.Join, Cluster),
        Row("leave", "Have a member leave in good order.", MembershipChange.Leave, Leaving),
        Row("down", "Put a member out of the cluster, without its doing; it has to be started again to come back.", MembershipChange.Down, Downed),
        Row("down-unreachable", "Put all members out of the cluster that the contacted node hears nothing of.", MembershipChange.DownUnreachable, null),
    ];

    private static ConsoleCommand Row(string name, string description, MembershipChange change, Option<string?>? address) => new(
        "cluster " + name, description, address is null ? [] : [address], async (context, cancellation) =>
        {
            var cluster = await context.ConnectAsync(cancellation);
            var request = new ChangeMembership(change, address is null ? null : context.Parsed.GetValue(address));
            var changing = await cluster.AskAsync<MembershipChanging>(request, cancellation);
            await context.Terminal.Output.WriteLineAsync(context.Json ? JsonOutput.Line(changing) : MemberPhrases.Of(changing));
            return Core.Errors.ExitCode.Done;
        });

    private static Option<string?> Required(string description)
    {
        var option = OptionKinds.Address(description);
        option.Required = true;
        return option;
    }
}
