using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using ComPO.Core.Errors;
using ComPO.Protocol.Security;

namespace ComPO.Protocol.Tests.Security;

public sealed class TransportSecurityTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly string _folder = Directory.CreateTempSubdirectory("compo-tls-").FullName;
    private readonly X509Certificate2 _authority = Authority("ours");

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_certificate_of_the_authority_is_let_in_and_one_of_another_or_an_old_one_is_not()
    {
        using var other = Authority("theirs");
        var rule = new PeerRule([_authority], []);

        Assert.True(Judge(rule, Member(_authority), SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.False(Judge(rule, Member(other), SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.False(Judge(rule, Member(_authority, days: -1), SslPolicyErrors.None));
        Assert.False(Judge(rule, null, SslPolicyErrors.RemoteCertificateNotAvailable));
        // Signed by nobody but itself, with the authority's name.
        using var forged = Authority("ours");
        Assert.False(Judge(rule, forged, SslPolicyErrors.RemoteCertificateChainErrors));
    }

    [Fact]
    public void A_name_that_was_not_called_is_refused_unless_the_certificate_is_pinned()
    {
        using var member = Member(_authority);
        using var unpinned = Member(_authority);
        var fingerprint = string.Join(':', Convert.FromHexString(member.GetCertHashString(HashAlgorithmName.SHA256)).Select(octet => octet.ToString("X2", null)));
        var pinning = new PeerRule([_authority], [fingerprint]);

        Assert.False(Judge(new PeerRule([_authority], []), member, SslPolicyErrors.RemoteCertificateNameMismatch));
        Assert.True(Judge(pinning, member, SslPolicyErrors.RemoteCertificateNameMismatch));
        Assert.False(Judge(pinning, unpinned, SslPolicyErrors.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AA:BB")]
    // Of SHA-1, and with a letter that is no digit.
    [InlineData("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709")]
    [InlineData("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B85O")]
    public void A_fingerprint_that_is_none_of_SHA_256_is_refused_with_2_and_named(string fingerprint)
    {
        var refusal = Assert.Throws<UsageException>(() => new PeerRule([_authority], [fingerprint])).Message;

        Assert.StartsWith($"The pinned fingerprint '{fingerprint}' is none of SHA-256; expected 64 hexadecimal digits", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_names_the_same_files_and_pins_the_same_certificates_asks_over_the_same_line()
    {
        var files = new TlsFiles("node.pem", null, "authority.pem", ["AA", "BB"]);

        Assert.Equal(files, files with { Pinned = ["AA", "BB"] });
        Assert.NotEqual(files, files with { Pinned = ["AA"] });
        Assert.NotEqual(files, files with { Key = "node.key" });
    }

    [Fact]
    public void An_encrypted_key_opens_with_the_password_of_the_environment_and_without_it_the_sentence_names_the_variable()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var files = new TlsFiles(
            Write("node.pem", Member(_authority, key: key).ExportCertificatePem()),
            Write("node.key", key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000))),
            Write("authority.pem", _authority.ExportCertificatePem()), []);

        Assert.Contains(TlsFiles.PasswordVariable, Refusal(files), StringComparison.Ordinal);
        Environment.SetEnvironmentVariable(TlsFiles.PasswordVariable, "secret");
        try
        {
            Assert.True(TransportSecurity.SetupOf(files).RequireMutualAuthentication);
        }
        finally
        {
            Environment.SetEnvironmentVariable(TlsFiles.PasswordVariable, null);
        }
    }

    [Fact]
    public void What_cannot_be_used_is_refused_with_2_and_named()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = Authority("theirs");
        var keyFile = Write("node.key", key.ExportPkcs8PrivateKeyPem());
        var authority = Write("authority.pem", _authority.ExportCertificatePem());
        var node = Write("node.pem", Member(_authority, key: key).ExportCertificatePem());

        Assert.NotNull(TransportSecurity.SetupOf(new TlsFiles(node, keyFile, authority, [])));
        Assert.Contains("missing.pem", Refusal(new TlsFiles(Path.Combine(_folder, "missing.pem"), keyFile, authority, [])), StringComparison.Ordinal);
        foreach (var (certificate, broken) in new[]
        {
            (_folder, keyFile), (node, _folder), (node, Write("broken.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")),
            (Write("garbage.pem", "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n"), keyFile), (Write("noise.pfx", "no PKCS #12"), ""),
        })
        {
            var refusal = Refusal(new TlsFiles(certificate, broken, authority, []));
            Assert.StartsWith($"The certificate {certificate}{(broken.Length > 0 ? $" or its key {broken}" : "")} cannot be ", refusal, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refusal);
        }
        Assert.StartsWith($"The certificate {_folder} cannot be read", Refusal(new TlsFiles(node, keyFile, _folder, [])), StringComparison.Ordinal);
        Assert.Contains("no certificate", Refusal(new TlsFiles(node, keyFile, Write("empty.pem", ""), [])), StringComparison.Ordinal);
        Assert.Contains("authority", Refusal(new TlsFiles(node, keyFile, "", [])), StringComparison.Ordinal);
        Assert.Contains("not signed by", Refusal(new TlsFiles(node, keyFile, Write("other.pem", other.ExportCertificatePem()), [])), StringComparison.Ordinal);
        Assert.Contains("valid from", Refusal(
            new TlsFiles(Write("old.pem", Member(_authority, days: -1, key: key).ExportCertificatePem()), keyFile, authority, [])), StringComparison.Ordinal);
    }

    private static string Refusal(TlsFiles files) => Assert.Throws<UsageException>(() => TransportSecurity.SetupOf(files)).Message;

    private static bool Judge(PeerRule rule, X509Certificate2? certificate, SslPolicyErrors errors) =>
        rule.Judge(certificate, "peer", errors, NoLogger.Instance);

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(Now.AddDays(-10), Now.AddDays(10));
    }

    private static X509Certificate2 Member(X509Certificate2 authority, int days = 1, ECDsa? key = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node", key ?? own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.Create(authority, Now.AddDays(-2), Now.AddDays(days), RandomNumberGenerator.GetBytes(8));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
