using ComPO.Core.Errors;

namespace ComPO.Node.Hosting;

/// <summary>A node was let into no cluster.</summary>
/// <param name="message">One sentence.</param>
/// <param name="wasAnswered">Whether a seed answered at all: then it is worth trying again.</param>
internal sealed class NotJoinedException(string message, bool wasAnswered) : ComPOException(ExitCode.ClusterUnreachable, message)
{
    /// <summary>Whether a seed answered.</summary>
    public bool WasAnswered => wasAnswered;
}
