using System.Text.Json;

namespace ComPO.EndToEnd.Tests.Processes;

/// <summary>A process that has ended.</summary>
internal sealed record Ended(int ExitCode, string Output, string Error)
{
    /// <summary>Its standard output as one JSON object.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Its standard output as one JSON object a line.</summary>
    public JsonElement[] JsonLines => [.. Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>Checks that it went well and said nothing beside.</summary>
    public Ended Succeeded()
    {
        Assert.Equal((0, ""), (ExitCode, Error));
        return this;
    }

    /// <summary>Checks that it ended with a code and exactly one sentence that contains some words.</summary>
    public void Refused(int exitCode, params string[] words)
    {
        Assert.True(exitCode == ExitCode, $"Expected {exitCode}, found {ExitCode}: {Output}\n{Error}");
        Assert.DoesNotContain('\n', Error);
        Assert.EndsWith(".", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", Error, StringComparison.Ordinal);
        foreach (var word in words)
            Assert.Contains(word, Error, StringComparison.Ordinal);
    }
}
