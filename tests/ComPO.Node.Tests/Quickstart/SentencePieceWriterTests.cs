using ComPO.Node.Quickstart;
using Microsoft.ML.Tokenizers;

namespace ComPO.Node.Tests.Quickstart;

public sealed class SentencePieceWriterTests
{
    [Fact]
    public void Another_implementation_reads_the_model_and_gives_every_story_back()
    {
        var texts = BytePairTrainerTests.SampleTexts();
        var tokenizer = Written(BytePairTrainer.Train(texts, 512));

        Assert.Equal((0, 1, 2), (tokenizer.UnknownId, tokenizer.BeginningOfSentenceId, tokenizer.EndOfSentenceId));
        foreach (var text in texts)
        {
            var ids = tokenizer.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false);

            Assert.All(ids, id => Assert.InRange(id, SentencePieceVocabulary.FixedPieces, 511));
            Assert.Equal(text, tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void Text_outside_the_vocabulary_is_spelt_in_bytes_and_survives()
    {
        var tokenizer = Written(BytePairTrainer.Train(BytePairTrainerTests.SampleTexts(), 512));
        const string text = "Mia asks the baker about 東京 & quartz?";

        var ids = tokenizer.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false);

        Assert.DoesNotContain(SentencePieceVocabulary.UnknownId, ids);
        Assert.Contains(ids, id => id < SentencePieceVocabulary.FixedPieces);
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void Words_are_short_because_merges_are_applied_in_the_order_in_which_they_were_learnt()
    {
        var texts = BytePairTrainerTests.SampleTexts();
        var vocabulary = BytePairTrainer.Train(texts, 512);
        var tokenizer = Written(vocabulary);

        // Spelt by hand: the piece with the highest score among all neighbours joins first.
        foreach (var text in texts.Take(20))
            Assert.Equal(MergeByScore(vocabulary, text), tokenizer.EncodeToTokens(text, out _).Select(token => token.Value).Skip(1));
    }

    private static List<string> MergeByScore(SentencePieceVocabulary vocabulary, string text)
    {
        var scores = vocabulary.Pieces.ToDictionary(piece => piece.Text, piece => piece.Score);
        List<string> pieces = [.. (" " + text).Replace(' ', SentencePieceVocabulary.Space).Select(c => c.ToString())];
        while (true)
        {
            var best = Enumerable.Range(0, pieces.Count - 1)
                .Where(i => scores.ContainsKey(pieces[i] + pieces[i + 1]))
                .OrderByDescending(i => scores[pieces[i] + pieces[i + 1]])
                .ThenBy(i => i)
                .Cast<int?>()
                .FirstOrDefault();
            if (best is not { } at)
                return pieces;
            pieces[at] += pieces[at + 1];
            pieces.RemoveAt(at + 1);
        }
    }

    private static LlamaTokenizer Written(SentencePieceVocabulary vocabulary)
    {
        using var stream = new MemoryStream();
        SentencePieceWriter.Write(vocabulary, stream);
        stream.Position = 0;
        return LlamaTokenizer.Create(stream);
    }
}
