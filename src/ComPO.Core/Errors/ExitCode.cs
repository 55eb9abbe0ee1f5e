namespace ComPO.Core.Errors;

/// <summary>How a command of ComPO.Node or ComPO.Admin ended, as its process exit code.</summary>
public enum ExitCode
{
    /// <summary>The command did what was asked.</summary>
    Done = 0,

    /// <summary>An unknown option or configuration key, or a value outside its range.</summary>
    Usage = 2,

    /// <summary>A model folder, a data file or a log that cannot be used.</summary>
    BadInput = 3,

    /// <summary>No node answers at the contact or seed address, or the address to bind is taken.</summary>
    ClusterUnreachable = 4,

    /// <summary>The cluster understood the request and declined it.</summary>
    Refused = 5,

    /// <summary>The run began and could not be finished.</summary>
    RunFailed = 6,

    /// <summary>Bytes do not have the digest that was promised for them.</summary>
    DigestMismatch = 7,

    /// <summary>Storage: a folder that is not writable, a full disk, a run folder that holds another run.</summary>
    Storage = 8,

    /// <summary>Interrupted by Ctrl-C or SIGTERM.</summary>
    Interrupted = 130,
}
