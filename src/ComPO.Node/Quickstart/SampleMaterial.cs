using System.Text;
using System.Text.Json;
using ComPO.Core.Digests;
using ComPO.Core.Pairs;
using ComPO.Torch.Tokenizers;
using ComPO.Torch.Training;

namespace ComPO.Node.Quickstart;

/// <summary>The sample model and the pairs of a recipe, as files.</summary>
/// <param name="recipe">What to make.</param>
/// <param name="computeClass">The machine's kind of arithmetic, on which the last bits of the weights depend.</param>
internal sealed class SampleMaterial(SampleRecipe recipe, string computeClass)
{
    private readonly SampleCorpus _corpus = new(recipe.Seed, recipe.Steps * recipe.BatchSize, recipe.Pairs);

    /// <summary>Writes the pairs to train with and those to hold out, one JSON object a line.</summary>
    public void WritePairs(string trainingFile, string heldOutFile)
    {
        WritePairs(trainingFile, _corpus.TrainingPairs);
        WritePairs(heldOutFile, _corpus.HeldOutPairs);
    }

    /// <summary>Names everything that decides the model: the recipe, its text, the code that computes and the machine's kind of arithmetic.</summary>
    public string Key
    {
        get
        {
            var parts = new[]
            {
                JsonSerializer.Serialize(recipe),
                JsonSerializer.Serialize(_corpus.Stories),
                typeof(SampleMaterial).Module.ModuleVersionId.ToString(),
                typeof(SupervisedTrainer).Module.ModuleVersionId.ToString(),
                computeClass,
            };
            return $"quickstart-{Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', parts)))}";
        }
    }

    /// <summary>Writes the tokenizer and trains the model: a Hugging Face folder.</summary>
    /// <param name="folder">The folder, which is there and empty.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Gives up.</param>
    public void WriteModel(string folder, Action<OptimizerStep> progress, CancellationToken cancellation)
    {
        WriteTokenizer(Path.Combine(folder, "tokenizer.model"));
        var tokenizer = TokenizerLoader.Load(folder);
        SupervisedTrainer.Train(
            recipe.ModelShape(tokenizer.VocabularySize), [.. _corpus.Stories.Select(story => Tokens(story, tokenizer))], recipe.Training, folder, progress, cancellation);
    }

    private static void WritePairs(string file, IReadOnlyList<SamplePair> pairs) =>
        File.WriteAllLines(file, pairs.Select(pair => JsonSerializer.Serialize(pair, JsonSerializerOptions.Web)));

    private void WriteTokenizer(string file)
    {
        using var stream = File.Create(file);
        SentencePieceWriter.Write(
            BytePairTrainer.Train(_corpus.Stories.Take(recipe.TokenizerStories).SelectMany(story => new[] { story.Prompt, story.Answer }), recipe.VocabularySize),
            stream);
    }

    // As pairs are tokenized: prompt and answer apart, the end of the sequence after the answer.
    private static int[] Tokens(SampleStory story, ITextTokenizer tokenizer) =>
        [.. tokenizer.Encode(story.Prompt), .. tokenizer.Encode(story.Answer), SentencePieceVocabulary.EndId];
}
