using Akka.Configuration;

namespace ComPO.Protocol.Security;

/// <summary>The files by which a process of a cluster proves who it is, and by which it knows the others.</summary>
/// <param name="Certificate">Its certificate: PEM, or PKCS #12 (<c>.pfx</c>, <c>.p12</c>).</param>
/// <param name="Key">Its private key in PEM; null when the certificate's file holds it.</param>
/// <param name="Authority">The certificates of the private authority that has signed those of all members, PEM.</param>
/// <param name="Pinned">SHA-256 fingerprints of the only certificates that are let in, in hexadecimal; empty for any that the authority has signed.</param>
public sealed record TlsFiles(string Certificate, string? Key, string Authority, IReadOnlyList<string> Pinned)
{
    /// <summary>The environment variable with the password of an encrypted key. Not an option: command lines are for everyone to read.</summary>
    public const string PasswordVariable = "COMPO_TLS_PASSWORD";

    /// <summary>Reads the section <c>compo.tls</c>; null when it names no certificate, and nothing is encrypted.</summary>
    public static TlsFiles? Read(Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var certificate = config.GetString("compo.tls.certificate");
        if (string.IsNullOrEmpty(certificate))
            return null;
        var key = config.GetString("compo.tls.key");
        return new TlsFiles(
            certificate, string.IsNullOrEmpty(key) ? null : key, config.GetString("compo.tls.authority") ?? "", [.. config.GetStringList("compo.tls.pinned")]);
    }

    /// <summary>Whether both name the same files and certificates, whichever list has the certificates.</summary>
    public bool Equals(TlsFiles? other) =>
        other is not null && (Certificate, Key, Authority) == (other.Certificate, other.Key, other.Authority) && Pinned.SequenceEqual(other.Pinned);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Certificate, Key, Authority);
}
