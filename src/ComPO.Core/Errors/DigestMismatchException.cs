namespace ComPO.Core.Errors;

/// <summary>Bytes do not have the digest that was promised for them.</summary>
public sealed class DigestMismatchException(string message, Exception? cause = null)
    : ComPOException(ExitCode.DigestMismatch, message, cause);
