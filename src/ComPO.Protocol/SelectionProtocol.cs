using ComPO.Core.Digests;
using ComPO.Core.Pairs;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>
/// Finds the next noisy pair and computes its features. Answered by <see cref="PairSelected"/> or <see cref="NoPairLeft"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
/// <param name="FirstRow">The row to look at first; the search wraps once.</param>
[MemoryPackable]
public sealed partial record SelectPair(long Request, int FirstRow) : INodeRequest;

/// <summary>A noisy pair; the node holds its features.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Row">Its 0-based row in the data.</param>
/// <param name="FeatureDigest">The name of its features.</param>
/// <param name="Dimension">k of the perturbation space.</param>
/// <param name="Skipped">Rows skipped so far, each counted once, by reason.</param>
/// <param name="SkippedRows">The first rows that this search skipped.</param>
[MemoryPackable]
public sealed partial record PairSelected(
    long Request,
    int Row,
    Digest FeatureDigest,
    int Dimension,
    [property: AtMost(Limits.SkipReasons)] SkippedCount[] Skipped,
    [property: AtMost(Limits.SkippedRows)] SkippedRow[] SkippedRows) : INodeReply;

/// <summary>The whole data holds no noisy pair.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Skipped">Rows skipped so far, each counted once, by reason.</param>
/// <param name="SkippedRows">The first rows that this search skipped.</param>
[MemoryPackable]
public sealed partial record NoPairLeft(
    long Request,
    [property: AtMost(Limits.SkipReasons)] SkippedCount[] Skipped,
    [property: AtMost(Limits.SkippedRows)] SkippedRow[] SkippedRows) : INodeReply;

/// <summary>
/// Looks at consecutive rows of the data, up to the first noisy pair among them, and computes its features. Does not touch the pair that is prepared, so it
/// may come while that is probed. A node does one such thing at a time: another puts the one before aside, which is then answered as interrupted.
/// Answered by <see cref="RowsScanned"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
/// <param name="FirstRow">The first row, 0-based.</param>
/// <param name="RowCount">How many rows, at most <see cref="Limits.ScannedRows"/>.</param>
/// <param name="IsUrgent">Whether the run waits for it. What is not urgent takes a small share of the node's time.</param>
/// <param name="Origin">What the rows are to be judged by; a node of another origin does not look at them. Null for whatever the node has.</param>
[MemoryPackable]
public sealed partial record ScanRows(long Request, int FirstRow, int RowCount, bool IsUrgent, Digest? Origin) : INodeRequest;

/// <summary>What the rows are.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Origin">Names all that decides it: data, tokenizer, body and reference model. Nodes of one origin find the same pairs and make the same features.</param>
/// <param name="Verdicts">
/// A byte a row, as <see cref="Core.Selection.RowVerdict"/> has it; fewer than were asked for behind a noisy pair, where the data ends, and when it took long.
/// </param>
/// <param name="IsEnd">Whether there is no row behind these.</param>
/// <param name="Pair">The noisy pair that the last of them is, if it is one; the node holds its features.</param>
[MemoryPackable]
public sealed partial record RowsScanned(
    long Request, Digest Origin, [property: AtMost(Limits.ScannedRows)] byte[] Verdicts, bool IsEnd, FoundPair? Pair) : INodeReply;

/// <summary>A noisy pair that was found.</summary>
/// <param name="FeatureDigest">The name of its features.</param>
/// <param name="Dimension">k of the perturbation space.</param>
[MemoryPackable]
public sealed partial record FoundPair(Digest FeatureDigest, int Dimension);

/// <summary>Rows of the data that were left out for one reason.</summary>
/// <param name="Reason">The reason in camelCase.</param>
/// <param name="Rows">How many.</param>
[MemoryPackable]
public sealed partial record SkippedCount([property: AtMost(Limits.Name)] string Reason, int Rows);

/// <summary>A row of the data that was left out.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Reason">Why.</param>
[MemoryPackable]
public sealed partial record SkippedRow(int Row, SkipReason Reason);
