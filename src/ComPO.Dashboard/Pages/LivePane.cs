using ComPO.Dashboard.Feed;
using Microsoft.AspNetCore.Components;

namespace ComPO.Dashboard.Pages;

/// <summary>A part of the page that is told of every new view. At first, before the page is live, it is a picture of what is so now.</summary>
public abstract class LivePane : ComponentBase, IDisposable
{
    // How long a page that is asked for waits for the cluster.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private IDisposable? _watch;

    [Inject]
    private LiveView Live { get; set; } = null!;

    /// <summary>What is shown.</summary>
    internal ClusterView View { get; private set; } = ClusterView.Nothing;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Watches no more.</summary>
    protected virtual void Dispose(bool disposing) => _watch?.Dispose();

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        if (RendererInfo.IsInteractive)
        {
            _watch = Live.Watch(view => InvokeAsync(() => Show(view)));
            View = Live.Current;
        }
        else
        {
            View = await Live.FreshAsync(Patience);
        }
    }

    /// <summary>Whether a new view looks different here: each drawing is a message to every open page, and one back.</summary>
    private protected virtual bool Differs(ClusterView before, ClusterView after) => true;

    private void Show(ClusterView view)
    {
        var before = View;
        View = view;
        if (Differs(before, view))
            StateHasChanged();
    }
}
