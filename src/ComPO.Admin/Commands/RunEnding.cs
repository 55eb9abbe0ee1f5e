using ComPO.Admin.Connections;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary>How a command that waited for a run ends.</summary>
internal static class RunEnding
{
    /// <summary>
    /// Says how the run ended. Completed, exhausted (no noisy pair was left) and stopped on request are
    /// <see cref="ExitCode.Done"/>: what was committed is kept, and the phase in the status tells them apart. A failure has the
    /// supervisor's exit code: <see cref="ExitCode.BadInput"/> when model or data could not be used, for one.
    /// </summary>
    public static ExitCode Report(TrainingStatus status, CommandContext context)
    {
        if (status.Phase == RunPhase.Failed)
        {
            context.Terminal.Note(RunPhrases.Ending(status));
            return ToldExitCode.Or(status.ExitCode, ExitCode.RunFailed);
        }
        if (context.Json)
            return ExitCode.Done;
        context.Terminal.Output.WriteLine(RunPhrases.Ending(status));
        if (status.HasEnded)
        {
            new FactSheet()
                .Add("run folder", status.Output)
                .Add("model", status.ModelFolder)
                .Add("head digest", status.HeadDigest?.ToString())
                .Add("survives", StatusSheet.Survives(status))
                .Add("skipped", StatusSheet.Skipped(status.Skipped))
                .Print(context.Terminal);
        }
        return ExitCode.Done;
    }
}
