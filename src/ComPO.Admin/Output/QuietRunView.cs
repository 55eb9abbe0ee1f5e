using ComPO.Admin.Following;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Output;

/// <summary>For programs that want the end alone.</summary>
internal sealed class QuietRunView : IRunView
{
    /// <inheritdoc/>
    public void Add(string line, IterationRecord record)
    {
    }

    /// <inheritdoc/>
    public void Update(TrainingStatus status)
    {
    }
}
