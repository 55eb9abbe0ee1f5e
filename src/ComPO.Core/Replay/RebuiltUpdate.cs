using ComPO.Core.Updates;

namespace ComPO.Core.Replay;

/// <summary>An update as outcomes and features give it again.</summary>
/// <param name="Update">The sparse g.</param>
/// <param name="Norm">‖u‖ in units of one noise standard deviation.</param>
/// <param name="Threshold">The smallest magnitude of g's entries that was kept.</param>
/// <param name="Alignment">The cosine of the dense g to the limit direction; null where nobody asked.</param>
internal sealed record RebuiltUpdate(SparseUpdate Update, double Norm, double Threshold, double? Alignment);
