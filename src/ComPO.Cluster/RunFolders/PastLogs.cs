using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.RunFolders;

/// <summary>Reads lines of the logs of runs that have ended, from their folders. A child of the supervisor; each request ends in one answer.</summary>
internal sealed class PastLogs : ReceiveActor
{
    /// <summary>Its name under the supervisor.</summary>
    public const string Name = "past-logs";

    private const int MostBytesOfACharacter = 4;

    private readonly Dictionary<string, LineIndex> _logs = new(StringComparer.Ordinal);

    public PastLogs() => Receive<ReadLog>(request => Sender.Tell(Read(request.Run, request.AfterIteration)));

    public static Props PropsFor() => Props.Create(() => new PastLogs()).WithDispatcher(ComPOSettings.BlockingDispatcher);

    private IComPOMessage Read(RunSummary run, int after)
    {
        var path = Path.Combine(run.Output, RunFiles.Log);
        try
        {
            var first = (int)Math.Clamp(after + 1L, 0, run.Committed);
            var count = Math.Min(Limits.LogLines, run.Committed - first);
            // The header comes before the iterations.
            var lines = IndexOf(path).Read(1 + first, count);
            return lines.Length == count && lines.All(line => line.Length <= Limits.LogLine)
                ? new LogPage(run.RunId, lines, run.Committed, HasEnded: true)
                : Refuse($"The log {path} of run {run.RunId} does not hold its {run.Committed} iterations any more.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _logs.Remove(path);
            return Refuse($"The log {path} of run {run.RunId} cannot be read on the node that leads now ({exception.Message}); look for it on the node that led the run.");
        }
    }

    private LineIndex IndexOf(string path)
    {
        if (_logs.TryGetValue(path, out var known))
            return known;
        // Runs that are forgotten leave theirs behind.
        if (_logs.Count == Limits.Runs)
            _logs.Clear();
        return _logs[path] = new LineIndex(path, Limits.LogLine * MostBytesOfACharacter);
    }

    private static RequestRefused Refuse(string sentence) => new(RefusalReason.OutputFolder, Limits.Fit(sentence), (int)ExitCode.Storage);

    /// <summary>Asks for lines of a run's log. Answered by <see cref="LogPage"/> or <see cref="RequestRefused"/>.</summary>
    internal sealed record ReadLog(RunSummary Run, int AfterIteration) : INoSerializationVerificationNeeded;
}
