using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>devices show</c>: what computes, and how busy it is.</summary>
internal static class DevicesShowCommand
{
    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new("devices show", "List the devices of all trainers: threads, memory, load, blocks per second.", [], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        var status = await cluster.AskAsync<TrainingStatus>(new GetStatus(), cancellation);
        if (context.Json)
        {
            await context.Terminal.Output.WriteLineAsync(JsonOutput.Line(new { nodes = status.Nodes }));
            return ExitCode.Done;
        }
        foreach (var node in status.Nodes)
        {
            foreach (var device in node.Devices)
            {
                await context.Terminal.Output.WriteLineAsync(FormattableString.Invariant(
                    $"{node.Address} | {device.Name} | {Units.Count(device.Threads, "thread")} | {Units.Bytes(device.MemoryBytes)} | load {Units.Percent(device.Load)} | {device.BlocksPerSecond:0.0} blocks/s"));
            }
        }
        await context.Terminal.Output.WriteLineAsync($"Count: {Units.Count(status.Nodes.Sum(node => node.Devices.Length), "device")}");
        return ExitCode.Done;
    }
}
