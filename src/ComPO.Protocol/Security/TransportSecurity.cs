using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;
using ComPO.Core.Errors;

namespace ComPO.Protocol.Security;

/// <summary>
/// TLS for everything that nodes and consoles say to each other: both ends show a certificate, and both check the other's against the
/// cluster's own authority.
/// </summary>
public static class TransportSecurity
{
    /// <summary>What the transport must be told beside the setup.</summary>
    public static Config Hocon { get; } = ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.enable-ssl = on");

    /// <summary>Reads the files and makes the transport's setup of them.</summary>
    /// <exception cref="UsageException">A file or a pinned fingerprint cannot be read or used; says which, and why.</exception>
    public static DotNettySslSetup SetupOf(TlsFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var authority = ReadAuthority(files.Authority);
        var own = ReadOwn(files);
        var rule = new PeerRule(authority, files.Pinned);
        if (rule.WhyUntrusted(own) is { } why)
            throw new UsageException($"The certificate {files.Certificate} cannot be used: {why}.");
        // What the system makes of the chain does not matter: it knows nothing of a private authority.
        return new DotNettySslSetup(
            own,
            suppressValidation: false,
            requireMutualAuthentication: true,
            validateCertificateHostname: true,
            (certificate, _, remotePeer, errors, log) => rule.Judge(certificate, remotePeer, errors, log));
    }

    /// <summary>An address as the transport in use spells it, so that nobody need write one differently because of TLS.</summary>
    public static Address Spell(Address address, bool isSecured)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.WithProtocol(isSecured ? "akka.ssl.tcp" : "akka.tcp");
    }

    /// <summary>Whether an address is a complete one of a cluster's member, with TLS or without.</summary>
    public static bool IsMember(Address address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address is { Protocol: "akka.tcp" or "akka.ssl.tcp", System: AdminAddress.SystemName, Host: not null, Port: not null };
    }

    private static X509Certificate2Collection ReadAuthority(string path)
    {
        if (path.Length == 0)
            throw new UsageException("TLS needs the certificate of the authority that has signed the members' own; name it beside the certificate.");
        var authority = new X509Certificate2Collection();
        Reading(path, () => authority.ImportFromPemFile(path));
        return authority.Count > 0 ? authority : throw new UsageException($"The file {path} of the authority holds no certificate in PEM.");
    }

    private static X509Certificate2 ReadOwn(TlsFiles files)
    {
        var password = Environment.GetEnvironmentVariable(TlsFiles.PasswordVariable);
        var own = Reading(string.IsNullOrEmpty(files.Key) ? files.Certificate : $"{files.Certificate} or its key {files.Key}", () => Path.GetExtension(files.Certificate) is ".pfx" or ".p12"
            ? X509CertificateLoader.LoadPkcs12FromFile(files.Certificate, password)
            : string.IsNullOrEmpty(password)
                ? X509Certificate2.CreateFromPemFile(files.Certificate, files.Key)
                : X509Certificate2.CreateFromEncryptedPemFile(files.Certificate, password, files.Key));
        return own.HasPrivateKey ? own : throw new UsageException($"The certificate {files.Certificate} comes without its private key.");
    }

    private static void Reading(string what, Action read) => Reading(what, () =>
    {
        read();
        return true;
    });

    private static T Reading<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The certificate {what} cannot be read: {exception.Message.TrimEnd('.')}.", exception);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new UsageException(
                $"The certificate {what} cannot be used ({exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}); "
                + $"an encrypted key needs its password in {TlsFiles.PasswordVariable}.", exception);
        }
    }
}
