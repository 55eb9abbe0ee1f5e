using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Connections;

/// <summary>The cluster's refusal, in its own words and with its own exit code.</summary>
internal sealed class ClusterRefusalException(RequestRefused refusal)
    : ComPOException(CodeOf(refusal), refusal.Sentence)
{
    /// <summary>Why, for programs.</summary>
    public RefusalReason Reason => refusal.Reason;

    // A newer node may know codes that this console does not.
    private static ExitCode CodeOf(RequestRefused refusal) => Enum.IsDefined((ExitCode)refusal.ExitCode) && refusal.ExitCode != 0
        ? (ExitCode)refusal.ExitCode
        : ExitCode.Refused;
}
