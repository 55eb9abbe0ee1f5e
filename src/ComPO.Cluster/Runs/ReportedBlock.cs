using MemoryPack;

namespace ComPO.Cluster.Runs;

/// <summary>The outcomes of consecutive perturbations, as they are persisted.</summary>
/// <param name="First">The first perturbation.</param>
/// <param name="Count">How many.</param>
/// <param name="Outcomes">One bit each, least significant bit first.</param>
[MemoryPackable]
internal sealed partial record ReportedBlock(int First, int Count, byte[] Outcomes);
