using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Following;

/// <summary>What shows a run that is followed.</summary>
internal interface IRunView
{
    /// <summary>An iteration was committed.</summary>
    /// <param name="line">Its line of the run log.</param>
    /// <param name="record">The same, read.</param>
    void Add(string line, IterationRecord record);

    /// <summary>The run is at this point now.</summary>
    void Update(TrainingStatus status);
}
