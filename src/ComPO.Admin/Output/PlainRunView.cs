using ComPO.Admin.Following;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Output;

/// <summary>For files and pipes: a line an iteration, and one when the run waits for something long.</summary>
internal sealed class PlainRunView(TextWriter output) : IRunView
{
    private RunPhase? _announced;
    private string? _paused;

    /// <inheritdoc/>
    public void Add(string line, IterationRecord record) => output.WriteLine(IterationPhrases.Of(record));

    /// <inheritdoc/>
    public void Update(TrainingStatus status)
    {
        if (status.Paused != _paused)
        {
            _paused = status.Paused;
            output.WriteLine(RunPhrases.Pause(status));
        }
        if (status.Phase == _announced || status.Phase is not (RunPhase.Starting or RunPhase.Evaluating or RunPhase.Exporting))
            return;
        _announced = status.Phase;
        output.WriteLine($"{RunPhrases.Phase(status.Phase)} …");
    }
}
