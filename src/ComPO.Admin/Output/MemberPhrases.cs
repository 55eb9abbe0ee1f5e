using ComPO.Protocol;

namespace ComPO.Admin.Output;

/// <summary>Members in the words that users of Petabridge.Cmd know.</summary>
internal static class MemberPhrases
{
    /// <summary>A member on one line.</summary>
    public static string Of(MemberInfo member) =>
        $"{member.Address} | [{string.Join(',', member.Roles)}] | {State(member)} | {(member.IsReachable ? "reachable" : "unreachable")} | {member.Version}";

    /// <summary>Where it is on its way.</summary>
    public static string State(MemberInfo member) => member.State.ToString().ToLowerInvariant();

    /// <summary>What becomes of the members, in one sentence.</summary>
    public static string Of(MembershipChanging changing)
    {
        var who = string.Join(", ", changing.Addresses);
        return changing.Change switch
        {
            _ when changing.Addresses.Length == 0 => "No member is unreachable.",
            MembershipChange.Join => $"The node joins the cluster of {who}.",
            MembershipChange.Leave => $"{who} leaves the cluster.",
            _ => $"{who} {(changing.Addresses.Length == 1 ? "is" : "are")} put out of the cluster.",
        };
    }
}
