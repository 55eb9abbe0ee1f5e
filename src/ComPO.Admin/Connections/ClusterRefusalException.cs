using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Connections;

/// <summary>The cluster's refusal, in its own words and with its own exit code.</summary>
internal sealed class ClusterRefusalException(RequestRefused refusal)
    : ComPOException(ToldExitCode.Or(refusal.ExitCode, ExitCode.Refused), SentenceOf(refusal))
{
    /// <summary>Why, for programs.</summary>
    public RefusalReason Reason => refusal.Reason;

    // Each side knows its own version.
    private static string SentenceOf(RequestRefused refusal) => refusal.Reason == RefusalReason.UnknownRequest
        ? $"{refusal.Sentence} This console is of version {ProgramVersion.Own}: use the console of the node's version, or bring the node up to this one."
        : refusal.Sentence;
}
