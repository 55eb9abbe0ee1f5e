using ComPO.Core.Errors;

namespace ComPO.Admin.Following;

/// <summary>Ctrl-C while something went on that goes on without the console; the sentence says what.</summary>
internal sealed class InterruptedException(string message, Exception? cause = null)
    : ComPOException(ExitCode.Interrupted, message, cause);
