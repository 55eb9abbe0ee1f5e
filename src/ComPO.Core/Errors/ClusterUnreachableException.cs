namespace ComPO.Core.Errors;

/// <summary>No node answered, or the address to bind is taken.</summary>
public sealed class ClusterUnreachableException(string message, Exception? cause = null)
    : ComPOException(ExitCode.ClusterUnreachable, message, cause);
