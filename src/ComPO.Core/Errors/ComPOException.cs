namespace ComPO.Core.Errors;

/// <summary>
/// A mistake or mishap that the user can do something about. The message is one finished sentence:
/// what, where, what was expected, what was found, what to do. The command line prints it without a
/// stack trace and exits with <see cref="ExitCode"/>.
/// </summary>
public abstract class ComPOException : Exception
{
    /// <summary>Makes an exception that ends a command with <paramref name="exitCode"/>.</summary>
    protected ComPOException(ExitCode exitCode, string message, Exception? cause = null)
        : base(message, cause) => ExitCode = exitCode;

    /// <summary>The exit code of a command that ends with this exception.</summary>
    public ExitCode ExitCode { get; }
}
