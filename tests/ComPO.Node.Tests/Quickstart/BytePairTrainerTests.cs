using ComPO.Node.Quickstart;

namespace ComPO.Node.Tests.Quickstart;

public sealed class BytePairTrainerTests
{
    private static readonly string[] SennrichExample =
    [
        .. Enumerable.Repeat("low", 5), .. Enumerable.Repeat("lower", 2), .. Enumerable.Repeat("newest", 6), .. Enumerable.Repeat("widest", 3),
    ];

    [Fact]
    public void The_example_of_the_paper_learns_its_merges_in_order()
    {
        var learnt = BytePairTrainer.Train(SennrichExample, 512).Pieces.Skip(SentencePieceVocabulary.FixedPieces).Select(piece => piece.Text);

        Assert.Equal(["es", "est", "lo", "low", "▁low"], learnt.Take(5));
    }

    [Fact]
    public void A_vocabulary_never_has_more_pieces_than_asked_for_nor_two_alike()
    {
        var texts = SampleTexts();

        foreach (var size in new[] { 320, 400, 512 })
        {
            var pieces = BytePairTrainer.Train(texts, size).Pieces;

            Assert.Equal(size, pieces.Count);
            Assert.Equal(size, pieces.Select(piece => piece.Text).Distinct(StringComparer.Ordinal).Count());
        }
    }

    [Fact]
    public void A_larger_vocabulary_begins_with_the_merges_of_a_smaller_one()
    {
        var texts = SampleTexts();

        var small = Merges(BytePairTrainer.Train(texts, 350));
        var large = Merges(BytePairTrainer.Train(texts, 450));

        Assert.Equal(small, large.Take(small.Length));
    }

    [Fact]
    public void What_was_learnt_earlier_scores_higher_and_so_merges_first()
    {
        var scores = BytePairTrainer.Train(SampleTexts(), 512).Pieces.Skip(SentencePieceVocabulary.FixedPieces).Select(piece => piece.Score).ToArray();

        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal(scores.Length, scores.Distinct().Count());
    }

    [Fact]
    public void A_short_text_ends_with_whole_words_rather_than_for_ever()
    {
        var vocabulary = BytePairTrainer.Train(["a bc"], 512);

        Assert.Equal(["bc", "▁a", "▁bc"], Merges(vocabulary).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_size_without_room_for_the_characters_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BytePairTrainer.Train(["abc"], SentencePieceVocabulary.FixedPieces + 3));

    internal static string[] SampleTexts() =>
        [.. new SampleCorpus(seed: 1, stories: 400, pairs: 1).Stories.SelectMany(story => new[] { story.Prompt, story.Answer })];

    private static string[] Merges(SentencePieceVocabulary vocabulary) =>
        [.. vocabulary.Pieces.Skip(SentencePieceVocabulary.FixedPieces).Select(piece => piece.Text).Where(text => text.Length > 1)];
}
