namespace ComPO.Protocol.Tests;

public sealed class DeviceNameTests
{
    [Theory]
    [InlineData("akka.tcp://ComPO@10.0.0.7:4053/cuda:0", "akka.tcp://ComPO@10.0.0.7:4053", "cuda:0")]
    [InlineData("akka.tcp://ComPO@[::1]:4053/cpu", "akka.tcp://ComPO@[::1]:4053", "cpu")]
    public void A_name_is_taken_apart_and_put_together_again(string text, string address, string name)
    {
        Assert.True(DeviceName.TryParse(text, out var device));
        Assert.Equal(new DeviceName(address, name), device);
        Assert.Equal(text, $"{device}");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("cpu")]
    [InlineData("/cpu")]
    [InlineData("akka.tcp://ComPO@10.0.0.7:4053/")]
    public void What_lacks_an_address_or_a_name_is_none(string? text) => Assert.False(DeviceName.TryParse(text, out _));
}
