using System.CommandLine;

namespace ComPO.Node.Bench;

/// <summary><c>bench</c>: how fast the parts of the computation are on this machine.</summary>
internal static class BenchCommand
{
    /// <summary>The command, with one command below it for each part.</summary>
    public static Command Create() => new("bench", "Measure how fast a part of the computation is on this machine.")
    {
        BodyBenchCommand.Create(),
    };
}
