using ComPO.Admin.Following;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Output;

/// <summary>For programs: the lines of the run log as they are.</summary>
internal sealed class JsonLinesRunView(TextWriter output) : IRunView
{
    /// <inheritdoc/>
    public void Add(string line, IterationRecord record)
    {
        output.WriteLine(line);
        output.Flush();
    }

    /// <inheritdoc/>
    public void Update(TrainingStatus status)
    {
    }
}
