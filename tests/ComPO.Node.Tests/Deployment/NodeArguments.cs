using System.CommandLine;
using ComPO.Node.Commands;

namespace ComPO.Node.Tests.Deployment;

/// <summary>The arguments of a node somewhere in deploy/, as the node itself understands them.</summary>
internal sealed class NodeArguments
{
    private readonly ParseResult _parsed;

    /// <summary>Takes arguments, all of which a node must know.</summary>
    public NodeArguments(IEnumerable<string> arguments)
    {
        _parsed = CommandLine.Build().Parse([.. arguments]);
        Assert.Empty(_parsed.Errors);
    }

    /// <summary>Its roles.</summary>
    public string[] Roles => _parsed.GetRequiredValue<string[]>("--role");

    /// <summary>The port for other nodes.</summary>
    public int Port => _parsed.GetRequiredValue<int>("--port");

    /// <summary>The configuration file.</summary>
    public FileInfo Config => _parsed.GetRequiredValue<FileInfo>("--config");

    /// <summary>An option that is text.</summary>
    public string this[string name] => _parsed.GetRequiredValue<string>(name);
}
