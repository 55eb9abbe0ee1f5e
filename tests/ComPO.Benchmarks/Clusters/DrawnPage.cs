using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.RenderTree;
using Microsoft.Extensions.Logging;

namespace ComPO.Benchmarks.Clusters;

/// <summary>A page that is drawn as for a browser, change by change; only sending the changes is left out.</summary>
/// <param name="services">What its parts need, of a scope of its own.</param>
/// <param name="loggers">Where it complains.</param>
/// <param name="drawn">Told of each drawing.</param>
internal sealed class DrawnPage(IServiceProvider services, ILoggerFactory loggers, Action drawn) : Renderer(services, loggers)
{
    public override Dispatcher Dispatcher { get; } = Dispatcher.CreateDefault();

    protected override RendererInfo RendererInfo { get; } = new("Server", isInteractive: true);

    /// <summary>Draws a component, and again whenever it changes.</summary>
    public Task OpenAsync<T>()
        where T : IComponent => Dispatcher.InvokeAsync(() => RenderRootComponentAsync(AssignRootComponentId(InstantiateComponent(typeof(T)))));

    protected override void HandleException(Exception exception) => ExceptionDispatchInfo.Throw(exception);

    protected override Task UpdateDisplayAsync(in RenderBatch renderBatch)
    {
        drawn();
        return Task.CompletedTask;
    }
}
