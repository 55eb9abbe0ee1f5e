using ComPO.Core.Digests;
using ComPO.Core.Heads;

namespace ComPO.Core.Engines;

/// <summary>A model as it was opened.</summary>
/// <param name="Folder">Its folder, as a full path.</param>
/// <param name="Architecture">For instance <c>LlamaForCausalLM</c>.</param>
/// <param name="BaseDigest">
/// The digest of the base's head as float32. The head alone: it is what a run changes, and all that a trainer without
/// a body has; a different body shows in the digests of the features, which one node makes and all share.
/// </param>
/// <param name="Head">V and d.</param>
/// <param name="FinalLogitSoftCap">c of c·tanh(x/c), or null.</param>
/// <param name="ContextLength">The longest sequence the model was made for, in tokens.</param>
/// <param name="HeadDtype">The type in which the base stores its head, for instance <c>bfloat16</c>.</param>
/// <param name="HasBody">Whether the body is loaded.</param>
/// <param name="MemoryBytes">The memory that head and body occupy.</param>
public sealed record ModelDescription(
    string Folder,
    string Architecture,
    Digest BaseDigest,
    HeadShape Head,
    double? FinalLogitSoftCap,
    int ContextLength,
    string HeadDtype,
    bool HasBody,
    long MemoryBytes);
