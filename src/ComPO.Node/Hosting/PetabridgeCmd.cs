using Akka.Hosting;

namespace ComPO.Node.Hosting;

/// <summary>The port for Petabridge.Cmd's own client, in builds with <c>-p:PetabridgeCmd=true</c>; in others there is none.</summary>
internal static partial class PetabridgeCmd
{
    /// <summary>Opens the port, if this build has it.</summary>
    public static AkkaConfigurationBuilder AddPetabridgeCmdIfBuilt(this AkkaConfigurationBuilder builder)
    {
        Add(builder);
        return builder;
    }

    static partial void Add(AkkaConfigurationBuilder builder);
}
