namespace ComPO.Node.Quickstart;

/// <summary>A question and one answer, as the sample model sees them in training.</summary>
internal sealed record SampleStory(string Prompt, string Answer);

/// <summary>A preference pair of the quickstart: the kind answer is chosen, the gruff one rejected.</summary>
internal sealed record SamplePair(string Prompt, string Chosen, string Rejected);

/// <summary>
/// Everything that the quickstart reads, made from one seed: stories to train the sample model on, pairs to
/// train with, and held-out pairs about other questions with the same preference.
/// </summary>
internal sealed class SampleCorpus
{
    /// <summary>Makes the corpus of a seed.</summary>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="stories">How many stories.</param>
    /// <param name="pairs">How many training pairs, and how many held-out pairs.</param>
    public SampleCorpus(uint seed, int stories, int pairs)
    {
        var draws = new SeededDraws(seed);
        Stories = [.. Enumerable.Range(0, stories).Select(_ =>
        {
            var question = VillageGrammar.Question(draws.Next(VillageGrammar.QuestionCount));
            return new SampleStory(question.Prompt, VillageGrammar.MoodyAnswer(question, draws));
        })];

        var unasked = new UnaskedQuestions(draws);
        TrainingPairs = Pairs(pairs, unasked, draws);
        HeldOutPairs = Pairs(pairs, unasked, draws);
    }

    /// <summary>The text that the sample model learns, in the order of training.</summary>
    public IReadOnlyList<SampleStory> Stories { get; }

    /// <summary>The pairs that the run trains with.</summary>
    public IReadOnlyList<SamplePair> TrainingPairs { get; }

    /// <summary>Pairs about questions that no training pair asks.</summary>
    public IReadOnlyList<SamplePair> HeldOutPairs { get; }

    private static SamplePair[] Pairs(int count, UnaskedQuestions unasked, SeededDraws draws) =>
        [.. Enumerable.Range(0, count).Select(_ =>
        {
            var question = unasked.Next();
            return new SamplePair(
                question.Prompt,
                VillageGrammar.Answer(question, Tone.Kind, draws),
                VillageGrammar.Answer(question, Tone.Gruff, draws));
        })];

    /// <summary>Questions drawn without repetition.</summary>
    private sealed class UnaskedQuestions(SeededDraws draws)
    {
        private readonly HashSet<int> _asked = [];

        public VillageQuestion Next()
        {
            int number;
            do
                number = draws.Next(VillageGrammar.QuestionCount);
            while (!_asked.Add(number));
            return VillageGrammar.Question(number);
        }
    }
}
