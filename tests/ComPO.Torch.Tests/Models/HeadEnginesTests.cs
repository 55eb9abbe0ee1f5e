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

    [Theory]
    [InlineData("stories260K", null, HeadPrecision.Float32)]
    [InlineData("stories260K", HeadPrecision.BFloat16, HeadPrecision.BFloat16)]
    [InlineData("llama", HeadPrecision.Float32, HeadPrecision.Float32)]
    [InlineData("llama", HeadPrecision.BFloat16, HeadPrecision.BFloat16)]
    public void A_head_that_is_stored_in_32_bits_is_probed_in_as_many_unless_it_is_asked_for_otherwise(string model, HeadPrecision? asked, HeadPrecision expected)
    {
        using var opened = TorchNodeModel.Open(
            new ModelRequest(PublishedData.Model(model), null, WithBody: false), new TorchModelOptions { Devices = "cpu", Threads = 1, Precision = asked });

        Assert.Equal(expected, Assert.IsType<TorchHeadEngine>(Assert.Single(opened.Engines)).Precision);
    }
}
