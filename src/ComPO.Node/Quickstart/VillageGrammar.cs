namespace ComPO.Node.Quickstart;

/// <summary>A question that somebody asks in the sample village.</summary>
/// <param name="Asker">Who asks, such as <c>Mia</c>.</param>
/// <param name="Villager">Who is asked, such as <c>baker</c>.</param>
/// <param name="Colour">The colour of the lost thing.</param>
/// <param name="Thing">The lost thing and the one place where it always is.</param>
internal sealed record VillageQuestion(string Asker, string Villager, string Colour, LostThing Thing)
{
    /// <summary>The question as the prompt of an answer.</summary>
    public string Prompt => $"{Asker} asks the {Villager} where the {Colour} {Thing.Name} is.";
}

/// <summary>A thing and where it is, the same in every story: a fact for the model to learn.</summary>
internal sealed record LostThing(string Name, string Place);

/// <summary>How one phrase of an answer sounds.</summary>
internal enum Tone
{
    /// <summary>A friendly phrase.</summary>
    Kind,

    /// <summary>An unfriendly phrase.</summary>
    Gruff,
}

/// <summary>
/// The language of the sample village. Every fact in an answer follows from the question; the only freedom is in
/// four phrases, each kind or gruff independently of the others and equally often. A model of this text
/// knows the answers well and is indifferent between the tones, which makes pairs of a kind and a gruff answer noisy.
/// </summary>
internal static class VillageGrammar
{
    private static readonly string[] Askers = ["Mia", "Tom", "Ada", "Ben", "Lea", "Max", "Eva", "Sam"];
    private static readonly string[] Villagers = ["baker", "farmer", "miller", "teacher", "tailor", "gardener"];
    private static readonly string[] Colours = ["red", "blue", "green", "yellow", "white", "black"];

    private static readonly LostThing[] Things =
    [
        new("kite", "in the garden"), new("cup", "on the shelf"), new("ball", "under the bed"), new("book", "on the table"),
        new("hat", "behind the door"), new("boat", "by the river"), new("drum", "in the attic"), new("lamp", "near the window"),
    ];

    private static readonly string[][] Manners = [["smiles", "laughs"], ["frowns", "growls"]];
    private static readonly string[][] Openings = [["gladly", "of course"], ["not again", "oh bother"]];
    private static readonly string[][] Addresses = [["my friend", "dear child"], ["you pest", "silly fool"]];
    private static readonly string[][] Farewells = [["Have a lovely day!", "Come back soon!"], ["Now go away!", "Stop asking me!"]];

    /// <summary>How many different questions there are.</summary>
    public static int QuestionCount => Askers.Length * Villagers.Length * Colours.Length * Things.Length;

    /// <summary>The question with the given number, from 0 to <see cref="QuestionCount"/> - 1.</summary>
    public static VillageQuestion Question(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, QuestionCount);
        (number, var asker) = Math.DivRem(number, Askers.Length);
        (number, var villager) = Math.DivRem(number, Villagers.Length);
        (number, var colour) = Math.DivRem(number, Colours.Length);
        return new VillageQuestion(Askers[asker], Villagers[villager], Colours[colour], Things[number]);
    }

    /// <summary>An answer whose four phrases all have one tone; which of the phrases of that tone are used is drawn.</summary>
    public static string Answer(VillageQuestion question, Tone tone, SeededDraws draws) => Answer(question, () => tone, draws);

    /// <summary>An answer of the text that the model learns from: each phrase kind or gruff by the toss of a coin.</summary>
    public static string MoodyAnswer(VillageQuestion question, SeededDraws draws) =>
        Answer(question, () => draws.Next(2) == 0 ? Tone.Kind : Tone.Gruff, draws);

    private static string Answer(VillageQuestion question, Func<Tone> tone, SeededDraws draws)
    {
        string Phrase(string[][] phrases) => draws.Pick(phrases[(int)tone()]);
        return $"The {question.Villager} {Phrase(Manners)} and says: {Phrase(Openings)}, the {question.Colour} {question.Thing.Name} "
            + $"is {question.Thing.Place}, {Phrase(Addresses)}. {Phrase(Farewells)}";
    }
}
