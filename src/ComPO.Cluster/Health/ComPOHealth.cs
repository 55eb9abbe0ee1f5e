using ComPO.Cluster.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ComPO.Cluster.Health;

/// <summary>The health checks of a node.</summary>
public static class ComPOHealth
{
    // Longer and whoever asks has given up.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Adds what there is to check on a node: the actor system, its place in the cluster, and what its roles need.</summary>
    /// <param name="builder">The checks.</param>
    /// <param name="options">What the node is.</param>
    public static IHealthChecksBuilder AddComPO(this IHealthChecksBuilder builder, NodeOptions options)
    {
        builder.AddCheck<ActorSystemCheck>("actor-system", failureStatus: null, tags: [HealthTags.Live], timeout: Patience);
        builder.AddCheck<MembershipCheck>("cluster", failureStatus: null, tags: [HealthTags.Ready], timeout: Patience);
        if (options.IsSeed)
            builder.AddCheck<JournalCheck>("journal", failureStatus: null, tags: [HealthTags.Ready], timeout: Patience);
        if (options.IsTrainer)
            builder.AddCheck<RegistrationCheck>("registration", failureStatus: null, tags: [HealthTags.Ready], timeout: Patience);
        return builder;
    }
}
