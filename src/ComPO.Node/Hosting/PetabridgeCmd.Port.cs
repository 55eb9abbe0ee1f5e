using System.Net;
using Akka.Hosting;
using Petabridge.Cmd.Cluster;
using Petabridge.Cmd.Host;
using Petabridge.Cmd.Remote;

namespace ComPO.Node.Hosting;

// Compiled with -p:PetabridgeCmd=true alone: its packages are not among those that this project is built with.
internal static partial class PetabridgeCmd
{
    static partial void Add(AkkaConfigurationBuilder builder)
    {
        // Whoever reaches the port may put members out of the cluster, so that only this machine does.
        var options = new PetabridgeCmdOptions { Host = IPAddress.Loopback.ToString(), Port = 9110 };
        builder.AddPetabridgeCmd(options, cmd =>
        {
            cmd.RegisterCommandPalette(ClusterCommands.Instance);
            cmd.RegisterCommandPalette(new RemoteCommands());
        });
    }
}
