namespace ComPO.Core.Errors;

/// <summary>A run log that is truncated, edited or not a run log.</summary>
public sealed class RunLogException(string message, Exception? cause = null)
    : ComPOException(ExitCode.BadInput, message, cause);
