namespace ComPO.Admin.Connections;

/// <summary>How long a console waits.</summary>
internal sealed record Patience
{
    /// <summary>For a seed node to be there at all: it may have been started a moment ago.</summary>
    public TimeSpan Contact { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the answer to a request: longer than a seed node itself waits for the supervisor (20 seconds).</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For a plan, which loads the model and scans the data: longer than a seed node waits for it (600 seconds).</summary>
    public TimeSpan Plan { get; init; } = TimeSpan.FromSeconds(630);

    /// <summary>For a cluster to answer again while a run is followed: the supervisor may be moving to another node.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>Between two looks at a run that is followed.</summary>
    public TimeSpan BetweenLooks { get; init; } = TimeSpan.FromMilliseconds(500);
}
