using System.CommandLine;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>cluster show</c>, <c>cluster status</c> and <c>cluster leader</c>: who is in the cluster, as the contacted node sees it.</summary>
internal static class ClusterViewCommands
{
    private static readonly Option<string?> Node = OptionKinds.Address("The member. [default: the node that --contact names]");

    /// <summary>The rows of the table.</summary>
    public static IReadOnlyList<ConsoleCommand> Rows { get; } =
    [
        new("cluster show", "List the members: address, roles, state, whether reachable, version.", [], ShowAsync),
        new("cluster status", "Show one member, and how many there are.", [Node], StatusAsync),
        new("cluster leader", "Print the address of the member that lets others in and out.", [], LeaderAsync),
    ];

    private static async Task<ExitCode> ShowAsync(CommandContext context, CancellationToken cancellation)
    {
        var members = await AskAsync(context, cancellation);
        if (context.Json)
        {
            await context.Terminal.Output.WriteLineAsync(JsonOutput.Line(members));
            return ExitCode.Done;
        }
        foreach (var member in members.Members)
            await context.Terminal.Output.WriteLineAsync(MemberPhrases.Of(member));
        // In the words that scripts for Petabridge.Cmd look for, even of one.
        await context.Terminal.Output.WriteLineAsync($"Count: {members.Members.Length} nodes");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> StatusAsync(CommandContext context, CancellationToken cancellation)
    {
        var members = await AskAsync(context, cancellation);
        var address = context.Parsed.GetValue(Node) ?? members.Self;
        var member = members.Members.FirstOrDefault(member => member.Address == address)
            ?? throw new RequestRefusedException($"{address} is not in the cluster; 'cluster show' lists who is.");
        if (context.Json)
        {
            await context.Terminal.Output.WriteLineAsync(JsonOutput.Line(member));
            return ExitCode.Done;
        }
        var unreachable = members.Members.Count(other => !other.IsReachable);
        new FactSheet()
            .Add("node", member.Address)
            .Add("state", MemberPhrases.State(member))
            .Add("reachable", member.IsReachable ? "yes" : "no")
            .Add("roles", string.Join(", ", member.Roles))
            .Add("version", member.Version)
            .Add("leader", members.Leader ?? "none")
            .Add("members", $"{members.Members.Length}, {unreachable} unreachable")
            .Print(context.Terminal);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> LeaderAsync(CommandContext context, CancellationToken cancellation)
    {
        var leader = (await AskAsync(context, cancellation)).Leader
            ?? throw new RequestRefusedException("Nobody leads the cluster at the moment; ask again when its members have seen each other.");
        await context.Terminal.Output.WriteLineAsync(context.Json ? JsonOutput.Line(new { leader }) : leader);
        return ExitCode.Done;
    }

    private static async Task<ClusterMembers> AskAsync(CommandContext context, CancellationToken cancellation) =>
        await (await context.ConnectAsync(cancellation)).AskAsync<ClusterMembers>(new GetMembers(), cancellation);
}
