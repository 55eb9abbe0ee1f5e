namespace ComPO.Core.Errors;

/// <summary>A run began and could not be finished.</summary>
public sealed class RunFailedException(string message, Exception? cause = null)
    : ComPOException(ExitCode.RunFailed, message, cause);
