using System.Security.Cryptography;
using System.Text;

namespace ComPO.Dashboard.Control;

/// <summary>What whoever wants to change something has to know. Comparing takes as long whatever is said.</summary>
internal sealed class ControlToken(string? token)
{
    private readonly byte[]? _digest = token is null ? null : DigestOf(token);

    /// <summary>Whether there is one; without it nobody may change anything.</summary>
    public bool IsSet => _digest is not null;

    /// <summary>Whether this is it.</summary>
    public bool Is(string said) => _digest is not null && CryptographicOperations.FixedTimeEquals(_digest, DigestOf(said));

    private static byte[] DigestOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
