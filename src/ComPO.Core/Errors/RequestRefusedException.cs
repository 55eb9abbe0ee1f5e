namespace ComPO.Core.Errors;

/// <summary>The cluster understood the request and declined it.</summary>
public sealed class RequestRefusedException(string message, Exception? cause = null)
    : ComPOException(ExitCode.Refused, message, cause);
