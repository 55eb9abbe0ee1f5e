using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using ComPO.Node.Web;

namespace ComPO.Node.Tests.Web;

public sealed class HttpSettingsTests
{
    [Theory]
    [InlineData("auto", true, 8080, true)]
    [InlineData("auto", false, null, true)]
    [InlineData("off", true, null, false)]
    [InlineData("0", false, 0, false)]
    [InlineData("9000", false, 9000, false)]
    public void A_port_is_a_number_or_off_or_left_to_the_node(string port, bool isSeed, int? expected, bool anyWillDo)
    {
        var settings = Read($"compo.http.port = {port}", isSeed);

        Assert.Equal(expected, settings?.Port);
        Assert.Equal(expected is not null && anyWillDo, settings?.AnyPortWillDo == true);
    }

    [Theory]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("http")]
    public void Another_port_is_refused_by_name(string port)
    {
        var refusal = Assert.Throws<UsageException>(() => Read($"compo.http.port = \"{port}\"", isSeed: true));

        Assert.Contains($"compo.http.port is '{port}'; expected auto, off or", refusal.Message, StringComparison.Ordinal);
    }

    private static HttpSettings? Read(string hocon, bool isSeed) =>
        HttpSettings.Read(ConfigurationFactory.ParseString(hocon).WithFallback(ComPODefaults.Hocon), isSeed);
}
