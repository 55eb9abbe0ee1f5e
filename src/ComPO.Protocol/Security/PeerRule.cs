using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using ComPO.Core.Errors;

namespace ComPO.Protocol.Security;

/// <summary>Whom a member lets in: whoever shows a certificate of the cluster's own authority, under the name by which it was called.</summary>
internal sealed class PeerRule(X509Certificate2Collection authority, IReadOnlyList<string> pinned)
{
    private readonly HashSet<string> _pinned = new(pinned.Select(Fingerprint), StringComparer.OrdinalIgnoreCase);

    /// <summary>The transport's question, for either end of a connection.</summary>
    /// <param name="certificate">What the other end has shown.</param>
    /// <param name="remotePeer">The other end, for the log.</param>
    /// <param name="errors">What the system has found; of it, whether the name is another one than was called.</param>
    /// <param name="log">Where a refusal is noted.</param>
    public bool Judge(X509Certificate2? certificate, string remotePeer, SslPolicyErrors errors, ILoggingAdapter log)
    {
        var why = WhyRefused(certificate, errors);
        if (why is not null)
            log.Warning("The connection with {Peer} is refused: {Why}", remotePeer, why);
        return why is null;
    }

    /// <summary>Why a certificate is not to be trusted, whoever shows it; null when it is.</summary>
    public string? WhyUntrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        // A private authority has no server to ask; a member is shut out by pinning the others.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (chain.Build(certificate))
            return null;
        return chain.ChainStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.NotTimeValid))
            ? $"{certificate.Subject} is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}"
            : $"{certificate.Subject} is not signed by the cluster's authority ({string.Join(", ", chain.ChainStatus.Select(status => status.Status))})";
    }

    private string? WhyRefused(X509Certificate2? certificate, SslPolicyErrors errors)
    {
        if (certificate is null)
            return "it showed no certificate";
        if (WhyUntrusted(certificate) is { } why)
            return why;
        if (_pinned.Count > 0)
            return _pinned.Contains(certificate.GetCertHashString(HashAlgorithmName.SHA256)) ? null : $"{certificate.Subject} is none of the pinned certificates";
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? $"{certificate.Subject} has not the name by which it was called" : null;
    }

    // As openssl prints it, or bare. One of another kind would be nobody's, and shut out its owner without a word.
    private static string Fingerprint(string text)
    {
        var bare = text.Replace(":", "", StringComparison.Ordinal);
        return bare.Length == 2 * SHA256.HashSizeInBytes && bare.All(char.IsAsciiHexDigit)
            ? bare
            : throw new UsageException(
                $"The pinned fingerprint '{text}' is none of SHA-256; expected {2 * SHA256.HashSizeInBytes} hexadecimal digits, as 'openssl x509 -noout -fingerprint -sha256' prints them.");
    }
}
