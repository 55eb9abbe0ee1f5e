namespace ComPO.Core.Errors;

/// <summary>An option or setting that is unknown or outside its range.</summary>
public sealed class UsageException(string message, Exception? cause = null)
    : ComPOException(ExitCode.Usage, message, cause);
