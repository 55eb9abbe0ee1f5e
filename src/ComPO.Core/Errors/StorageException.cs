namespace ComPO.Core.Errors;

/// <summary>A folder or file that cannot be written, or that already holds another run.</summary>
public sealed class StorageException(string message, Exception? cause = null)
    : ComPOException(ExitCode.Storage, message, cause);
