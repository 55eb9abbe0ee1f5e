using System.Text.Json;

namespace ComPO.Node.Tests;

/// <summary>Reference results made by other people's code, beside the repository; a test that needs them is skipped without them.</summary>
internal static class PublishedData
{
    public static string FolderOf(string model) => Repository.Data("models", model);

    /// <summary>The sequences of a model of random weights, with the log-probability of each next token in float64.</summary>
    public static GoldenSequence[] SequencesOf(string model)
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(FolderOf(model), "golden.json")));
        return [.. golden.RootElement.GetProperty("sequences").EnumerateArray().Select(sequence => new GoldenSequence(
            [.. sequence.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())],
            [.. sequence.GetProperty("float64").GetProperty("next_token_logprobs").EnumerateArray().Select(value => value.GetDouble())]))];
    }
}

/// <summary>Token ids and what Hugging Face's own code says of them.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="NextTokenLogProbabilities">At i, the log-probability of token i + 1 given those before it, in nats.</param>
internal sealed record GoldenSequence(int[] Ids, double[] NextTokenLogProbabilities)
{
    /// <summary>The log-probability of all tokens but the first <paramref name="prompt"/>, given those.</summary>
    public double LogProbabilityAfter(int prompt) => NextTokenLogProbabilities.Skip(prompt - 1).Sum();
}
