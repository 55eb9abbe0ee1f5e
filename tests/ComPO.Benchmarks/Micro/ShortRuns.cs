using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace ComPO.Benchmarks.Micro;

/// <summary>The microbenchmarks: short runs in this process, all of them in a few minutes.</summary>
internal static class ShortRuns
{
    /// <summary>Runs those that the arguments of BenchmarkDotNet choose, all by default.</summary>
    public static void Run(string[] args)
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddColumn(StatisticColumn.Median)
            .HideColumns(Column.Error, Column.StdDev)
            .AddLogger(ConsoleLogger.Default)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "compo-benchmarks"))
            .WithSummaryStyle(SummaryStyle.Default.WithTimeUnit(TimeUnit.Nanosecond));
        BenchmarkSwitcher.FromAssembly(typeof(ShortRuns).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
    }
}
