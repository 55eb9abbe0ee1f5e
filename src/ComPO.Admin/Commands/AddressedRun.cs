using System.CommandLine;
using ComPO.Admin.Connections;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary>
/// The run that a command is for, by name also where none was given: a command that somebody has recorded on its way, and sends again, is then about
/// no later run.
/// </summary>
internal static class AddressedRun
{
    /// <summary>The run that <paramref name="option"/> names, else the present or last one; null when there was none.</summary>
    public static async Task<string?> OfAsync(CommandContext context, Option<string?> option, ClusterConnection cluster, CancellationToken cancellation) =>
        context.Parsed.GetValue(option) ?? (await cluster.AskAsync<TrainingStatus>(new GetStatus(), cancellation)).RunId;
}
