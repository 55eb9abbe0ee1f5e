using System.CommandLine;
using ComPO.Admin.Following;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>log tail</c> and <c>cluster tail</c>: what a seed node remembers, and what comes.</summary>
internal static class TailCommands
{
    private static readonly Option<bool> Once = new("--once") { Description = "Print what the node remembers and end." };

    /// <summary><c>cluster tail</c>.</summary>
    public static ConsoleCommand Cluster { get; } = new(
        "cluster tail", "Follow what becomes of the members, as the contacted node sees it, until Ctrl-C.", [Once], (context, cancellation) => FollowAsync(TailSource.Cluster, context, cancellation));

    /// <summary><c>log tail</c>.</summary>
    public static ConsoleCommand Log { get; } = new(
        "log tail", "Follow the log of the node that --contact names until Ctrl-C.", [Once], (context, cancellation) => FollowAsync(TailSource.Log, context, cancellation));

    private static async Task<ExitCode> FollowAsync(TailSource source, CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        var follower = new TailFollower(context.PatientlyAtContact(cluster), source);
        await follower.FollowAsync(
            once: context.Parsed.GetValue(Once),
            (number, line) => context.Terminal.Output.WriteLine(context.Json ? JsonOutput.Line(new { number, line }) : line),
            missed => context.Terminal.Note($"{Units.Count(missed, "line")} came faster than they could be told and are forgotten."),
            cancellation);
        return ExitCode.Done;
    }
}
