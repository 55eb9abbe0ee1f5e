using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>Reads lines of the log of a run that has ended, from its folder, for one asker.</summary>
internal sealed class PastLog : ReceiveActor
{
    public PastLog(RunSummary run)
    {
        Receive<GetLog>(request =>
        {
            Sender.Tell(Read(run, request.AfterIteration));
            Context.Stop(Self);
        });
    }

    public static Props PropsFor(RunSummary run) => Props.Create(() => new PastLog(run)).WithDispatcher(ComPOSettings.BlockingDispatcher);

    private static IComPOMessage Read(RunSummary run, int after)
    {
        var path = Path.Combine(run.Output, RunFiles.Log);
        try
        {
            var first = (int)Math.Clamp(after + 1L, 0, run.Committed);
            // The header comes before the iterations.
            var lines = File.ReadLines(path).Skip(1 + first).Take(Math.Min(Limits.LogLines, run.Committed - first)).ToArray();
            return lines.Length == Math.Min(Limits.LogLines, run.Committed - first) && lines.All(line => line.Length <= Limits.LogLine)
                ? new LogPage(run.RunId, lines, run.Committed, HasEnded: true)
                : Refuse($"The log {path} of run {run.RunId} does not hold its {run.Committed} iterations any more.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Refuse($"The log {path} of run {run.RunId} cannot be read on the node that leads now ({exception.Message}); look for it on the node that led the run.");
        }
    }

    private static RequestRefused Refuse(string sentence) => new(RefusalReason.OutputFolder, Limits.Fit(sentence), (int)ExitCode.Storage);
}
