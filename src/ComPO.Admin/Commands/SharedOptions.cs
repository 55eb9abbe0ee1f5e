using System.CommandLine;
using Akka.Actor;
using ComPO.Core.Errors;
using ComPO.Protocol;
using ComPO.Protocol.Security;

namespace ComPO.Admin.Commands;

/// <summary>The options of every command.</summary>
internal static class SharedOptions
{
    /// <summary><c>--contact</c>: the seed node to talk to.</summary>
    public static Option<Address> Contact { get; } = new("--contact")
    {
        Description = "The seed node to talk to.",
        HelpName = "ADDRESS",
        Recursive = true,
        DefaultValueFactory = _ => Address.Parse(AdminAddress.DefaultContact),
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Address.TryParse(text, out var address) && TransportSecurity.IsMember(address))
                return address;
            result.AddError($"Option --contact is '{text}'; expected an address such as {AdminAddress.DefaultContact}");
            return Address.AllSystems;
        },
    };

    /// <summary><c>--certificate</c>: who this console is, to a cluster that uses TLS.</summary>
    public static Option<string?> Certificate { get; } = new("--certificate")
    {
        Description = $"This console's certificate for a cluster that uses TLS, PEM or PKCS #12; the password of its key goes into {TlsFiles.PasswordVariable}.",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary><c>--key</c>: the certificate's private key.</summary>
    public static Option<string?> Key { get; } = new("--key")
    {
        Description = "The certificate's private key, PEM, unless its own file holds it.",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary><c>--authority</c>: who has signed the certificates of the cluster.</summary>
    public static Option<string?> Authority { get; } = new("--authority")
    {
        Description = "The certificate of the cluster's own authority, PEM.",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary><c>--pinned</c>: the certificates that nodes may show.</summary>
    public static Option<string[]> Pinned { get; } = new("--pinned")
    {
        Description = "The SHA-256 fingerprint of the only certificate that a node may show, which then need not bear the name by which it is called; may be given several times.",
        HelpName = "FINGERPRINT",
        Arity = ArgumentArity.OneOrMore,
        Recursive = true,
    };

    /// <summary><c>--json</c>: results for programs.</summary>
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print JSON: one object, or one a line where lines are printed (watch, log, log tail, cluster tail).",
        Recursive = true,
    };

    /// <summary><c>--verbose</c>: the stack trace of an error.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Print the stack trace of an error.",
        Recursive = true,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Contact, Certificate, Key, Authority, Pinned, Json, Verbose];

    /// <summary>The files that the options name; null when none is named, and nothing is encrypted.</summary>
    /// <exception cref="UsageException">One is named without the others that it needs.</exception>
    public static TlsFiles? ReadTls(ParseResult parsed)
    {
        var (certificate, key, authority, pinned) = (parsed.GetValue(Certificate), parsed.GetValue(Key), parsed.GetValue(Authority), parsed.GetValue(Pinned) ?? []);
        if ((certificate, key, authority, pinned) is (null, null, null, []))
            return null;
        return certificate is not null && authority is not null
            ? new TlsFiles(certificate, key, authority, pinned)
            : throw new UsageException("A console that uses TLS needs both --certificate and --authority.");
    }
}
