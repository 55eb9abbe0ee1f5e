using ComPO.Torch.Native;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Native;

public sealed class LibtorchTests
{
    [Fact]
    public void Torch_computes_on_this_system_once_loaded()
    {
        Parallel.For(0, 4, _ => Libtorch.EnsureLoaded());

        using var scope = NewDisposeScope();
        var product = matmul(tensor([1f, 2f, 3f, 4f]).reshape(2, 2), tensor([1f, 1f]));
        Assert.Equal([3f, 7f], product.data<float>().ToArray());
    }

    [Fact]
    public void An_error_of_torch_arrives_as_an_exception()
    {
        Libtorch.EnsureLoaded();

        using var scope = NewDisposeScope();
        var refusal = Assert.ThrowsAny<Exception>(() => ones(2, 3).add(ones(4)));
        Assert.Contains("must match", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_of_threads_is_a_threads_own_and_comes_back()
    {
        Libtorch.EnsureLoaded();
        var before = get_num_threads();

        using (TorchThreads.Use(before + 2))
        {
            Assert.Equal(before + 2, get_num_threads());
            using (TorchThreads.Use(1)) Assert.Equal(1, get_num_threads());
            Assert.Equal(before + 2, get_num_threads());
        }

        Assert.Equal(before, get_num_threads());
        Assert.Throws<ArgumentOutOfRangeException>(() => { using var none = TorchThreads.Use(0); });
    }
}
