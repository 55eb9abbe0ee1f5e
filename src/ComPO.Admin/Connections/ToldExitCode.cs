using ComPO.Core.Errors;

namespace ComPO.Admin.Connections;

/// <summary>The exit code that the cluster gives with a refusal or a failure.</summary>
internal static class ToldExitCode
{
    /// <summary>The code, or another where it says nothing: a newer node may know codes that this console does not.</summary>
    /// <param name="told">What the cluster told.</param>
    /// <param name="otherwise">What the command ends with then.</param>
    public static ExitCode Or(int told, ExitCode otherwise) => told != 0 && Enum.IsDefined((ExitCode)told) ? (ExitCode)told : otherwise;
}
