namespace ComPO.Core.Errors;

/// <summary>A model folder, checkpoint or tokenizer that cannot be used.</summary>
public sealed class ModelException(string message, Exception? cause = null)
    : ComPOException(ExitCode.BadInput, message, cause);
