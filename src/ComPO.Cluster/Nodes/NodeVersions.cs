using System.Runtime.InteropServices;
using ComPO.Core.Engines;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>The versions that a run's log names, as name=version.</summary>
internal static class NodeVersions
{
    public static string[] Describe(IModelLoader loader)
    {
        var engine = loader.GetType().Assembly.GetName();
        return
        [
            $"ComPO={ProgramVersion.Own}",
            $"{engine.Name}={engine.Version}",
            $"runtime={RuntimeInformation.FrameworkDescription}",
            $"Akka={typeof(Akka.Actor.ActorSystem).Assembly.GetName().Version}",
        ];
    }
}
