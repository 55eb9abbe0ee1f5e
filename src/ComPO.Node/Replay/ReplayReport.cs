namespace ComPO.Node.Replay;

/// <summary>What <c>replay</c> found and wrote.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Iterations">How many iterations were replayed; the digest of each was right.</param>
/// <param name="Accepted">How many of them applied an update.</param>
/// <param name="BaseDigest">The digest of the head the run began with.</param>
/// <param name="HeadDigest">The digest of the head it ended with.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Output">The folder that was written, as a full path.</param>
internal sealed record ReplayReport(string Run, int Iterations, int Accepted, string BaseDigest, string HeadDigest, double Seconds, string Output);
