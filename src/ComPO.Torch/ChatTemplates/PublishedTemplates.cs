using System.Security.Cryptography;
using System.Text;
using ComPO.Core.Pairs;

namespace ComPO.Torch.ChatTemplates;

/// <summary>Makes a template of the texts of the tokens that begin and end a sequence.</summary>
internal delegate IChatTemplate TemplateFactory(string bos, string eos);

/// <summary>The chat templates that model folders are published with, known by the digest of their source in its one form.</summary>
internal static class PublishedTemplates
{
    private const string QwenSystem = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";

    /// <summary>The style of the paper's Mistral, Mistral-7B-Instruct-v0.2.</summary>
    public static MistralStyle MistralV02 { get; } = new("[INST] ", " [/INST]", "");

    private static readonly Dictionary<string, TemplateFactory> BySourceDigest = new(StringComparer.Ordinal)
    {
        // Mistral: 7B v0.1, 7B v0.2, 7B v0.2 with a system's turn, 7B v0.3 and Large 2407, Nemo 2407, Large 2411.
        ["a0e1e61e8fe6483c6a3fe7510c036e874b83ae0baaf2dc1cebe8b0e02bd770e0"] = (bos, eos) => new MistralTemplate(new MistralStyle("[INST] ", " [/INST]", "", AfterAssistant: " "), bos, eos),
        ["423af8fdaa9c677ba0b96c91bdf7c0f489b7ac97ec8c7f00e3864cbf1f4ae1d3"] = (bos, eos) => new MistralTemplate(MistralV02, bos, eos),
        ["6584c6a067a338b58cfa64d22020bd890bbb61f1d57ff206f5a5840fc5d67ffd"] = (bos, eos) => new MistralTemplate(new MistralStyle(" [INST] ", " [/INST]", " ", System: SystemPlace.FirstTurn), bos, eos),
        ["f5ecab023f83cafe99b571ae43b172fff0e0fbbed10face77bad8e64a9160de5"] = (bos, eos) => new MistralTemplate(new MistralStyle("[INST] ", "[/INST]", " ", StripsAssistant: true, System: SystemPlace.LastTurn), bos, eos),
        ["a1a7e095d024872085b0fc1eabbf70fb5f23c27ecd5a4ed6456a832a895b316f"] = (bos, eos) => new MistralTemplate(new MistralStyle("[INST]", "[/INST]", "", System: SystemPlace.LastTurn), bos, eos),
        ["8f5b3f003e85eb4bd09bdb8b054f05d6749d2bad2490f7858bde0b2b694e72f7"] = (bos, eos) => new MistralTemplate(new MistralStyle("[INST] ", "[/INST]", " ", System: SystemPlace.OwnTurn), bos, eos),
        // Llama 3, and its first files.
        ["412eb5bf39199a0995a17c78eeb10d149ac623ee06a6efc14bfb487e85b4ca07"] = (bos, _) => new Llama3Template(bos, alwaysPrompts: false),
        ["364ec875ef3243578400a1ac7f6511ad66cb3a32de42658dd156639fe8fbb856"] = (bos, _) => new Llama3Template(bos, alwaysPrompts: true),
        // Llama 3.1 and 3.3, and Llama 3.2.
        ["bd5b28d74f6d89ae54a25eff921dffc79ca18bd7320726dcb43f3eb0fed82270"] = (bos, _) => new Llama31Template(bos),
        ["a814fe8e7e59d0b0b59dc91440f10ce6e43f9e4fecf673a00164a22a05c5d1c4"] = (bos, _) => new Llama31Template(bos),
        // Gemma and Gemma 2, and a variant that leaves the beginning to the tokenizer.
        ["5145934c6c8443ee3a3c31a8a3231f78aef2e1ea4e923582e0bdf15f725eb70b"] = (bos, _) => new GemmaTemplate(bos),
        ["db6b90b55377a26116f3f1e7666beefab3f3be9e85af71eaaa4d77d6bfdb82c6"] = (_, _) => new GemmaTemplate(""),
        // Chat markup as OpenHermes and TRL have it, Qwen 2 and Qwen 2.5.
        ["01a545b2213148253138be00177d7ca0964b9d821e64961e50a1f52942ea6d6e"] = (_, _) => new ChatMlTemplate(null),
        ["109bf3a81e09caa53305b1262016c84d813099d3bf93873691f4b184f5af3c15"] = (_, _) => new ChatMlTemplate("You are a helpful assistant."),
        ["6c56b84ada4f5dce1eebe24e0dd8e8d3f4eac0d230e13fc4b17bd12131be7e4d"] = (_, _) => new ChatMlTemplate(QwenSystem),
        // Qwen 3.
        ["df2406e97d55bc5a836bf07381a5b28fcb7958df7929256d646d5492bb79c31d"] = (_, _) => new Qwen3Template(),
    };

    /// <summary>The digests of the sources that are known.</summary>
    internal static IEnumerable<string> Digests => BySourceDigest.Keys;

    /// <summary>What renders as a source does; null for a source that is not known.</summary>
    public static TemplateFactory? Find(string source) => FindByDigest(Digest(source));

    /// <summary>What renders as the source of a digest does; null for one that is not known.</summary>
    internal static TemplateFactory? FindByDigest(string digest) => BySourceDigest.GetValueOrDefault(digest);

    /// <summary>The digest by which a source is known.</summary>
    internal static string Digest(string source) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TemplateText.Normalize(source))));
}
