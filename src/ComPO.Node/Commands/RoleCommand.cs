using System.CommandLine;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using ComPO.Node.Hosting;
using ComPO.Node.Web;
using ComPO.Protocol;
using ComPO.Protocol.Security;
using ComPO.Torch.Models;

namespace ComPO.Node.Commands;

/// <summary><c>--role …</c>: a node of the cluster, until Ctrl-C or SIGTERM.</summary>
internal static class RoleCommand
{
    /// <summary>The port of a seed node, unless <c>--port</c> says otherwise.</summary>
    public const int DefaultPort = AdminAddress.DefaultPort;

    private static readonly string[] KnownRoles = [NodeOptions.SeedRole, NodeOptions.TrainerRole];

    private static readonly Option<string[]> Role = new("--role")
    {
        Description = "What this node is: seed (a contact point that coordinates runs), trainer (computes), or seed,trainer.",
        HelpName = "seed|trainer|seed,trainer",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => result.SplitWords("--role", KnownRoles),
    };

    private static readonly Option<string> Hostname = new("--hostname")
    {
        Description = "The name or address by which other nodes reach this one.",
        HelpName = "H",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private static readonly Option<int> Port = new Option<int>("--port")
    {
        Description = "The TCP port to listen on; 0 takes any free one.",
        HelpName = "P",
        DefaultValueFactory = _ => DefaultPort,
    }.InRange(0, 65_535);

    private static readonly Option<Address[]> SeedNode = new("--seed-node")
    {
        Description = $"A seed node to join by, such as akka.tcp://ComPO@host:4053; may be given several times. "
            + $"Without it, a seed joins itself and a trainer joins {AdminAddress.DefaultContact}.",
        HelpName = "ADDRESS",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token =>
        {
            if (Address.TryParse(token.Value, out var address) && TransportSecurity.IsMember(address))
                return address;
            result.AddError($"Option --seed-node is '{token.Value}'; expected an address such as akka.tcp://ComPO@host:4053");
            return Address.AllSystems;
        })],
    };

    private static readonly Option<string> Devices = new Option<string>("--devices")
    {
        Description = "What a trainer computes on.",
        HelpName = "auto|cpu|cuda|cuda:0,1",
        DefaultValueFactory = _ => "auto",
    }.Matching("^(auto|cpu|cuda|cuda:[0-9]+(,[0-9]+)*)$", "auto, cpu, cuda or cuda:0,1");

    private static readonly Option<int?> Threads = new Option<int?>("--threads")
    {
        Description = "How many processor threads a trainer computes with [default: one a processor].",
        HelpName = "K",
    }.InRange(1, 1024);

    private static readonly Option<string> Body = new Option<string>("--body")
    {
        Description = "Whether a trainer loads the layers below the head and so can turn text into features; auto: if its memory has room.",
        HelpName = "auto|yes|no",
        DefaultValueFactory = _ => "auto",
    }.AcceptingOnly("auto", "yes", "no");

    private static readonly Option<string?> State = new("--state")
    {
        Description = "The folder of what outlives the node: a seed's journal, a trainer's features and updates [default: state/HOST-PORT; none with --port 0].",
        HelpName = "DIR",
    };

    private static readonly Option<string> HttpHostname = new Option<string>("--http-hostname")
    {
        Description = "The address at which the node serves its dashboard, health and metrics.",
        HelpName = "H",
        DefaultValueFactory = _ => "127.0.0.1",
    }.Where(name => Uri.CheckHostName(name) != UriHostNameType.Unknown, "a name or an IP address");

    private static readonly Option<string> HttpPort = new Option<string>("--http-port")
    {
        Description = $"The port for that; auto: {HttpSettings.UsualPort} on a seed, any free one where that is taken, and none on a trainer.",
        HelpName = "P|auto|off",
        DefaultValueFactory = _ => "auto",
    }.Where(HttpSettings.IsPort, HttpSettings.ExpectedPort);

    private static readonly Option<string> LogFormat = new Option<string>("--log-format")
    {
        Description = "What a line of the log on standard error is: text, or a JSON object.",
        HelpName = "text|json",
        DefaultValueFactory = _ => "text",
    }.AcceptingOnly("text", "json");

    private static readonly Option<FileInfo> Configuration = new("--config")
    {
        Description = "A HOCON file whose keys take precedence over the defaults; options given here take precedence over it.",
        HelpName = "FILE",
    };

    /// <summary>The root command: without a subcommand it runs a node.</summary>
    public static RootCommand Create()
    {
        var command = new RootCommand { Role, Hostname, Port, SeedNode, Devices, Threads, DataTypeOption.Instance, PrecisionOption.Instance, Body, State, HttpHostname, HttpPort, LogFormat, Configuration };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var configuration = parsed.GetValue(Configuration) is { } file ? NodeConfiguration.Read(file.FullName) : Config.Empty;
        var options = ReadOptions(parsed, configuration);
        var models = options.IsTrainer
            ? new TorchModelLoader(new TorchModelOptions { Devices = options.Devices, Threads = options.Threads, Dtype = DataTypeOption.Read(parsed), Precision = PrecisionOption.Read(parsed) })
            : null;
        configuration = configuration
            .WithOption(parsed, HttpHostname, HttpSettings.HostnameKey)
            .WithOption(parsed, HttpPort, HttpSettings.PortKey)
            .WithOption(parsed, LogFormat, HostSettings.LogFormatKey);
        var hosting = HostSettings.Read(configuration, options.IsSeed, parsed.GetValue(CommandLine.Verbose));
        var streams = parsed.InvocationConfiguration;
        try
        {
            await new StandingNode(options, models, configuration, hosting).RunAsync(streams.Output, streams.Error, cancellation);
            return (int)ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asking a node to end is how it is meant to end.
            return (int)ExitCode.Done;
        }
    }

    private static NodeOptions ReadOptions(ParseResult parsed, Config configuration)
    {
        if (parsed.GetValue(Role) is not { Length: > 0 } roles)
        {
            throw new UsageException(
                "Nothing to do: give --role seed, trainer or seed,trainer to run a node, or one of the commands that --help lists.");
        }
        var seeds = parsed.IsLeftTo(configuration, SeedNode, NodeConfiguration.SeedNodesKey)
            ? [.. configuration.GetStringList(NodeConfiguration.SeedNodesKey).Select(Address.Parse)]
            : parsed.GetValue(SeedNode) ?? [];
        if (seeds.Length == 0 && !roles.Contains(NodeOptions.SeedRole))
            seeds = [Address.Parse(AdminAddress.DefaultContact)];
        var hostname = parsed.IsLeftTo(configuration, Hostname, NodeConfiguration.HostnameKey)
            ? configuration.GetString(NodeConfiguration.HostnameKey) : parsed.GetRequiredValue(Hostname);
        var port = parsed.IsLeftTo(configuration, Port, NodeConfiguration.PortKey)
            ? configuration.GetInt(NodeConfiguration.PortKey) : parsed.GetRequiredValue(Port);
        return new NodeOptions
        {
            Roles = roles,
            Hostname = hostname,
            Port = port,
            // A node on any free port is another one every time: nothing of it is there to be found again.
            StateFolder = parsed.GetValue(State) ?? (port == 0 ? null : Path.Combine("state", string.Create(CultureInfo.InvariantCulture, $"{hostname}-{port}"))),
            SeedNodes = seeds,
            Devices = parsed.GetRequiredValue(Devices),
            Threads = parsed.GetValue(Threads),
            Body = parsed.GetRequiredValue(Body),
        };
    }

    // What is given on the command line takes precedence over the file.
    private static Config WithOption(this Config configuration, ParseResult parsed, Option<string> option, string key) => parsed.IsLeftTo(configuration, option, key)
        ? configuration
        : ConfigurationFactory.ParseString($"{key} = \"{parsed.GetRequiredValue(option)}\"").WithFallback(configuration);

    private static bool IsLeftTo(this ParseResult parsed, Config configuration, Option option, string key) =>
        parsed.GetResult(option) is not { Implicit: false } && configuration.HasPath(key);
}
