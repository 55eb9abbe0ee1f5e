using MemoryPack;

namespace ComPO.Protocol;

/// <summary>
/// Has the node's devices pull blocks from whoever sends this. Answered by <see cref="ProbingStarted"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Iteration">The iteration its pair is prepared for.</param>
[MemoryPackable]
public sealed partial record StartProbing(long Request, int Iteration) : INodeRequest;

/// <summary>The devices are asking for blocks.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record ProbingStarted(long Request) : INodeReply;

/// <summary>
/// Cancels what the devices and the model are doing, but for loading and exporting. What is cancelled is answered by
/// <see cref="NodeFailed"/>, this by <see cref="ProbingStopped"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record StopProbing(long Request) : INodeRequest;

/// <summary>The devices ask for nothing more.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record ProbingStopped(long Request) : INodeReply;

/// <summary>
/// A device asks for work. Answered by <see cref="ProbeBlock"/>, <see cref="NoBlockNow"/> or <see cref="ProbingOver"/>.
/// </summary>
/// <param name="Iteration">The iteration the device is prepared for.</param>
/// <param name="Device">The device, by node address and name, for faults to be told apart.</param>
[MemoryPackable]
public sealed partial record RequestBlock(int Iteration, [property: AtMost(Limits.Path)] string Device) : IComPOMessage;

/// <summary>Consecutive perturbations to ask the oracle about. Doing a block twice is harmless.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Block">The block's number in the iteration.</param>
/// <param name="First">Its first perturbation.</param>
/// <param name="Count">How many perturbations.</param>
[MemoryPackable]
public sealed partial record ProbeBlock(int Iteration, int Block, int First, int Count) : IComPOMessage;

/// <summary>All blocks are handed out, but some may come back: ask again later.</summary>
/// <param name="Iteration">The iteration.</param>
[MemoryPackable]
public sealed partial record NoBlockNow(int Iteration) : IComPOMessage;

/// <summary>This iteration needs no more probes.</summary>
/// <param name="Iteration">The iteration that was asked about.</param>
[MemoryPackable]
public sealed partial record ProbingOver(int Iteration) : IComPOMessage;

/// <summary>The outcomes of a block. Answered by <see cref="BlockAccepted"/>; sent again until it is.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Block">The block.</param>
/// <param name="Device">The device that answered.</param>
/// <param name="Outcomes">One bit a perturbation, least significant bit first.</param>
[MemoryPackable]
public sealed partial record BlockProbed(
    int Iteration,
    int Block,
    [property: AtMost(Limits.Path)] string Device,
    [property: AtMost(Limits.OutcomeBytes)] byte[] Outcomes) : IComPOMessage;

/// <summary>The device could not answer a block. Answered by <see cref="BlockAccepted"/>; sent again until it is.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Block">The block.</param>
/// <param name="Device">The device that failed.</param>
/// <param name="Sentence">Why.</param>
[MemoryPackable]
public sealed partial record BlockFailed(
    int Iteration,
    int Block,
    [property: AtMost(Limits.Path)] string Device,
    [property: AtMost(Limits.Sentence)] string Sentence) : IComPOMessage;

/// <summary>The report about a block has been taken down; the device may forget it.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Block">The block.</param>
[MemoryPackable]
public sealed partial record BlockAccepted(int Iteration, int Block) : IComPOMessage;
