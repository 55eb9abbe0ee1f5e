namespace ComPO.Core.Errors;

/// <summary>This machine lacks something that the computation cannot do without, a native library for one.</summary>
public sealed class UnsupportedSystemException(string message, Exception? cause = null)
    : ComPOException(ExitCode.RunFailed, message, cause);
