using ComPO.Node.Quickstart;

namespace ComPO.Node.Tests.Quickstart;

public sealed class SampleCorpusTests
{
    private static readonly string[] KindPhrases = ["smiles", "laughs", "gladly", "of course", "my friend", "dear child", "Have a lovely day!", "Come back soon!"];
    private static readonly string[] GruffPhrases = ["frowns", "growls", "not again", "oh bother", "you pest", "silly fool", "Now go away!", "Stop asking me!"];

    private static readonly SampleCorpus Corpus = new(seed: 3, stories: 4000, pairs: 40);

    [Fact]
    public void Every_pair_prefers_the_kind_answer()
    {
        foreach (var pair in Corpus.TrainingPairs.Concat(Corpus.HeldOutPairs))
        {
            Assert.Equal(4, KindPhrases.Count(pair.Chosen.Contains));
            Assert.Equal(4, GruffPhrases.Count(pair.Rejected.Contains));
            Assert.DoesNotContain(GruffPhrases, pair.Chosen.Contains);
            Assert.DoesNotContain(KindPhrases, pair.Rejected.Contains);
        }
    }

    [Fact]
    public void Chosen_and_rejected_answers_state_the_same_fact()
    {
        foreach (var pair in Corpus.TrainingPairs.Concat(Corpus.HeldOutPairs))
            Assert.Equal(Fact(pair.Chosen), Fact(pair.Rejected));

        static string Fact(string answer) => answer.Split(", ")[1];
    }

    [Fact]
    public void No_question_is_asked_twice_in_the_pairs()
    {
        var prompts = Corpus.TrainingPairs.Concat(Corpus.HeldOutPairs).Select(pair => pair.Prompt).ToArray();

        Assert.Equal(80, prompts.Length);
        Assert.Equal(80, prompts.Distinct().Count());
    }

    [Fact]
    public void The_stories_are_indifferent_between_the_tones_phrase_by_phrase()
    {
        // Each phrase is one of four in its place: a binomial share of 1/4, within four standard deviations.
        var tolerance = 4 * Math.Sqrt(0.25 * 0.75 / Corpus.Stories.Count);
        foreach (var phrase in KindPhrases.Concat(GruffPhrases))
            Assert.Equal(0.25, Corpus.Stories.Average(story => story.Answer.Contains(phrase, StringComparison.Ordinal) ? 1.0 : 0.0), tolerance);
    }

    [Fact]
    public void One_seed_gives_one_corpus_and_another_seed_another()
    {
        var again = new SampleCorpus(seed: 3, stories: 4000, pairs: 40);
        var other = new SampleCorpus(seed: 4, stories: 4000, pairs: 40);

        Assert.Equal(Corpus.Stories, again.Stories);
        Assert.Equal(Corpus.HeldOutPairs, again.HeldOutPairs);
        Assert.NotEqual(Corpus.HeldOutPairs, other.HeldOutPairs);
    }
}
