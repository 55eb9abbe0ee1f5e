using System.CommandLine;

namespace ComPO.Node.Commands;

/// <summary><c>--threads</c> of the commands that compute in this process.</summary>
internal static class ThreadsOption
{
    private const int Most = 1024;

    /// <summary>The option; null means one a processor.</summary>
    public static Option<int?> Instance { get; } = new Option<int?>("--threads")
    {
        Description = "The threads to compute on [default: the processors there are].",
        HelpName = "K",
    }.InRange(1, Most);

    /// <summary>How many threads to compute on.</summary>
    public static int Read(ParseResult parsed) => parsed.GetValue(Instance) ?? Environment.ProcessorCount;
}
