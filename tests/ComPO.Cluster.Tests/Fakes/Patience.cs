using Akka.Configuration;
using ComPO.Cluster.Configuration;

namespace ComPO.Cluster.Tests.Fakes;

/// <summary>How long a test waits for what has to come: enough for a machine that is busy with other tests, and more than it takes when all is well.</summary>
internal static class Patience
{
    /// <summary>For an answer, or for a state that is asked for again and again.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Of a test kit, which is no member of a cluster: each message that is expected may take so long.</summary>
    public static Config OfTestKit { get; } = ConfigurationFactory.ParseString(
        """
        akka {
          actor.provider = local
          test { single-expect-default = 2m, default-timeout = 2m }
        }
        """).WithFallback(ComPODefaults.Hocon);
}
