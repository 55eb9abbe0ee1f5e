using ComPO.Core.Engines;
using ComPO.Torch.Heads;
using ComPO.Torch.Heads.Tensors;
using ComPO.Torch.Models;

namespace ComPO.Torch.Tests.Models;

public sealed class HeadEnginesTests
{
    [Theory]
    [InlineData("cuda:0")]
    [InlineData("cuda:11")]
    public void Devices_that_are_no_processors_are_probed_by_tensor_operations(string device)
    {
        Assert.True(HeadEngines.IsForTensors(device));

        // Starting it moves nothing to the device, so that it needs none.
        using var engine = HeadEngines.For(new DeviceDescription(device, 1, 0), HeadPrecision.BFloat16);
        Assert.Equal(HeadPrecision.BFloat16, Assert.IsType<TensorHeadEngine>(engine).Precision);
    }

    [Fact]
    public void The_processors_are_probed_by_their_vector_units()
    {
        Assert.False(HeadEngines.IsForTensors(HeadEngines.Processors));

        using var engine = HeadEngines.For(new DeviceDescription(HeadEngines.Processors, 1, 0), HeadPrecision.Float32);
        Assert.Equal(HeadPrecision.Float32, Assert.IsType<TorchHeadEngine>(engine).Precision);
    }

    [Theory]
    [InlineData(true, HeadPrecision.BFloat16)]
    [InlineData(false, HeadPrecision.Float32)]
    public void Products_are_of_bfloat16_only_where_there_are_instructions_for_it(bool hasBFloat16, HeadPrecision expected)
    {
        Assert.Equal(expected, HeadEngines.PrecisionOf(hasBFloat16));
        if (new TorchModelOptions { Devices = "cpu" } is var options && options.HasBFloat16 == hasBFloat16)
            Assert.Equal(expected, options.NarrowHeadPrecision);
        foreach (var asked in Enum.GetValues<HeadPrecision>())
            Assert.Equal(asked, (options with { Precision = asked }).NarrowHeadPrecision);
    }
}
