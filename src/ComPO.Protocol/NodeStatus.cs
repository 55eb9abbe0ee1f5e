using ComPO.Core.Digests;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>What a trainer is to the run.</summary>
public enum TrainerState
{
    /// <summary>It has joined, and no run needs it yet.</summary>
    Idle,

    /// <summary>It loads the model or takes the updates that it has missed.</summary>
    CatchingUp,

    /// <summary>It holds the run's head and computes.</summary>
    Ready,

    /// <summary>The run cannot use it; the note says why.</summary>
    Refused,

    /// <summary>It answered wrongly or failed too often and gets no more work until it is started again; the note says what happened.</summary>
    Quarantined,
}

/// <summary>A trainer as its cluster sees it.</summary>
/// <param name="Address">Its address.</param>
/// <param name="ComputeClass">Its kind of arithmetic.</param>
/// <param name="Devices">What it computes on.</param>
/// <param name="State">What it is to the run.</param>
/// <param name="Note">Why it is refused or quarantined; else null.</param>
/// <param name="HasBody">Whether it can turn text into features; null before it has loaded a model.</param>
/// <param name="ModelMemoryBytes">What its model takes; null before it has loaded one.</param>
/// <param name="HeadDigest">The head it last said to hold; null before it has loaded a model.</param>
/// <param name="SilentSeconds">How long ago the supervisor last heard of it.</param>
/// <param name="BytesSent">Features, updates and heads that it has sent to other nodes since it started.</param>
/// <param name="BytesReceived">Features, updates and heads that it has got from them.</param>
/// <param name="Received">
/// What it has fetched from others: since it was started when it says so itself, since the run began when the supervisor does; null when there was nothing to count.
/// </param>
[MemoryPackable]
public sealed partial record NodeStatus(
    [property: AtMost(Limits.Path)] string Address,
    [property: AtMost(Limits.Name)] string ComputeClass,
    [property: AtMost(Limits.Devices)] DeviceStatus[] Devices,
    TrainerState State = TrainerState.Idle,
    [property: AtMost(Limits.Sentence)] string? Note = null,
    bool? HasBody = null,
    long? ModelMemoryBytes = null,
    Digest? HeadDigest = null,
    double SilentSeconds = 0,
    long BytesSent = 0,
    long BytesReceived = 0,
    ReceivedBlobs? Received = null);

/// <summary>What trainers have fetched from others, whole blobs of each kind.</summary>
/// <param name="UpdateBytes">Bytes of updates.</param>
/// <param name="FeatureBytes">Bytes of features.</param>
/// <param name="HeadBytes">Bytes of heads, for those that came late.</param>
[MemoryPackable]
public sealed partial record ReceivedBlobs(long UpdateBytes = 0, long FeatureBytes = 0, long HeadBytes = 0)
{
    /// <summary>All of them.</summary>
    [MemoryPackIgnore]
    public long TotalBytes => UpdateBytes + FeatureBytes + HeadBytes;

    /// <summary>Kind by kind.</summary>
    public static ReceivedBlobs operator +(ReceivedBlobs left, ReceivedBlobs right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new ReceivedBlobs(left.UpdateBytes + right.UpdateBytes, left.FeatureBytes + right.FeatureBytes, left.HeadBytes + right.HeadBytes);
    }

    /// <summary>Kind by kind.</summary>
    public static ReceivedBlobs operator -(ReceivedBlobs left, ReceivedBlobs right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new ReceivedBlobs(left.UpdateBytes - right.UpdateBytes, left.FeatureBytes - right.FeatureBytes, left.HeadBytes - right.HeadBytes);
    }
}

/// <summary>A device of a trainer.</summary>
/// <param name="Name">Its name: cpu, cuda:0.</param>
/// <param name="Threads">Processor threads it computes with.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="BlocksPerSecond">Blocks it has answered per second, over the last ten seconds or so.</param>
/// <param name="Load">The share of that time, from 0 to 1, for which it had a block to probe.</param>
[MemoryPackable]
public sealed partial record DeviceStatus(
    [property: AtMost(Limits.Name)] string Name,
    int Threads,
    long MemoryBytes,
    double BlocksPerSecond = 0,
    double Load = 0);
