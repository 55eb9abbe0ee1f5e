using System.Diagnostics.CodeAnalysis;

namespace ComPO.Protocol;

/// <summary>The name of a device in the cluster; in messages <c>address/name</c>, the node's address and the device's own name behind the last slash.</summary>
/// <param name="Address">The address of its node.</param>
/// <param name="Name">Its own name there: cpu, cuda:0.</param>
public readonly record struct DeviceName(string Address, string Name)
{
    private const char Separator = '/';

    /// <summary>Takes a name apart; false when it lacks the address or the device's own name.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DeviceName device)
    {
        device = default;
        if (text?.LastIndexOf(Separator) is not (> 0 and var end) || end == text.Length - 1)
            return false;
        device = new DeviceName(text[..end], text[(end + 1)..]);
        return true;
    }

    /// <summary>The address of a device's node, from its name in messages; a name that has none is its own.</summary>
    public static string NodeOf(string device) => TryParse(device, out var name) ? name.Address : device;

    /// <summary>As it stands in messages.</summary>
    public override string ToString() => $"{Address}{Separator}{Name}";
}
