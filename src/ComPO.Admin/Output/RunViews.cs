using ComPO.Admin.Following;
using ComPO.Admin.Terminals;
using ComPO.Protocol;

namespace ComPO.Admin.Output;

/// <summary>Views by what watches.</summary>
internal static class RunViews
{
    /// <summary>Shows a run to a person while it is followed.</summary>
    public static Task<TrainingStatus> ShowAsync(Terminal terminal, Func<IRunView, Task<TrainingStatus>> follow) =>
        terminal.IsLive ? LiveRunView.ShowAsync(terminal.Canvas, follow) : follow(new PlainRunView(terminal.Output));
}
