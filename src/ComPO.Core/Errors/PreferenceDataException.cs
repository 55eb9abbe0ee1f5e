namespace ComPO.Core.Errors;

/// <summary>A preference data file that cannot be used.</summary>
public sealed class PreferenceDataException(string message, Exception? cause = null)
    : ComPOException(ExitCode.BadInput, message, cause);
