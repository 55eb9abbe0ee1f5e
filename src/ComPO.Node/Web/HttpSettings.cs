using System.Globalization;
using Akka.Configuration;
using ComPO.Core.Errors;

namespace ComPO.Node.Web;

/// <summary>Where a node serves HTTP, and to whom: <c>compo.http</c>.</summary>
internal sealed record HttpSettings
{
    /// <summary>The key behind <c>--http-hostname</c>.</summary>
    public const string HostnameKey = "compo.http.hostname";

    /// <summary>The key behind <c>--http-port</c>.</summary>
    public const string PortKey = "compo.http.port";

    /// <summary>What a port must be, to say so.</summary>
    public const string ExpectedPort = "auto, off or a whole number from 0 to 65535";

    /// <summary>The port of seeds, while it is free.</summary>
    public const int UsualPort = 8080;

    /// <summary>The name or address to listen at.</summary>
    public required string Hostname { get; init; }

    /// <summary>The port to listen at; 0 for any free one.</summary>
    public required int Port { get; init; }

    /// <summary>Whether any other port will do when this one is taken.</summary>
    public required bool AnyPortWillDo { get; init; }

    /// <summary>The names by which browsers may call the node; none for its own.</summary>
    public required IReadOnlyList<string> AllowedHosts { get; init; }

    /// <summary>Reads a node's configuration.</summary>
    /// <param name="config">With every key of <c>compo.http</c>.</param>
    /// <param name="isSeed">Whether the node is a seed, which serves HTTP unless told otherwise.</param>
    /// <returns>Null when the node serves none.</returns>
    /// <exception cref="UsageException">The port is none.</exception>
    public static HttpSettings? Read(Config config, bool isSeed)
    {
        var text = config.GetString(PortKey);
        var port = text == "auto" ? isSeed ? UsualPort : null : ReadPort(text);
        return port is not { } number ? null : new HttpSettings
        {
            Hostname = config.GetString(HostnameKey),
            Port = number,
            AnyPortWillDo = text == "auto",
            AllowedHosts = [.. config.GetStringList("compo.http.allowed-hosts")],
        };
    }

    /// <summary>Whether a text is a port as <c>--http-port</c> takes it.</summary>
    public static bool IsPort(string text) => text is "auto" or "off" || ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static int? ReadPort(string text) => text == "off" ? null
        : IsPort(text) ? int.Parse(text, CultureInfo.InvariantCulture)
        : throw new UsageException($"The configuration key {PortKey} is '{text}'; expected {ExpectedPort}.");
}
