using ComPO.Torch.Native;

[assembly: AssemblyFixture(typeof(ComPO.Torch.Tests.LoadedLibtorch))]

namespace ComPO.Torch.Tests;

/// <summary>libtorch, loaded before any test: those that use torch themselves would otherwise depend on which runs first.</summary>
public sealed class LoadedLibtorch
{
    public LoadedLibtorch() => Libtorch.EnsureLoaded();
}
