using System.CommandLine;
using ComPO.Benchmarks.Clusters;
using ComPO.Benchmarks.Micro;
using ComPO.Core.Heads;

namespace ComPO.Benchmarks;

/// <summary>The command line of the benchmarks: a command for each that does not belong into the product.</summary>
internal static class BenchmarkCommands
{
    /// <summary>All commands.</summary>
    public static RootCommand Build() => new("What the project costs, measured.")
    {
        MicroKernels(), AuthorsAndOurs(), Trainers(), Memory(), Loop(), Simulation(), ConsoleAnswers(), Page(), Looks(),
    };

    private static Command MicroKernels()
    {
        var chosen = new Argument<string[]>("arguments") { Description = "What BenchmarkDotNet takes, --filter '*Noise*' for one.", DefaultValueFactory = _ => [] };
        var micro = new Command("micro", "Each kernel alone.") { chosen };
        micro.TreatUnmatchedTokensAsErrors = false;
        micro.SetAction(parsed => ShortRuns.Run([.. parsed.GetValue(chosen)!, .. parsed.UnmatchedTokens]));
        return micro;
    }

    private static Command AuthorsAndOurs()
    {
        var (vocabulary, hidden, answer, threads) = (Vocabulary(32_000), Hidden(512), Answer(), Threads());
        var sideBySide = new Command("side-by-side", "The authors' procedure per perturbation beside ours.") { vocabulary, hidden, answer, threads };
        sideBySide.SetAction(parsed => SideBySide.Run(
            Output(parsed), new HeadShape(parsed.GetValue(vocabulary), parsed.GetValue(hidden)), parsed.GetValue(answer), parsed.GetValue(threads)));
        return sideBySide;
    }

    private static Command Trainers()
    {
        var (vocabulary, hidden, answer) = (Vocabulary(32_000), Hidden(512), Answer());
        var (iterations, perturbations) = (Whole("--iterations", "Iterations; all but the first count.", 4), Perturbations(800));
        var twoTrainers = new Command("two-trainers", "Two trainers of one thread each against one.") { vocabulary, hidden, answer, iterations, perturbations };
        twoTrainers.SetAction((parsed, _) => TwoTrainers.RunAsync(
            Output(parsed), new HeadShape(parsed.GetValue(vocabulary), parsed.GetValue(hidden)), parsed.GetValue(answer), parsed.GetValue(iterations), parsed.GetValue(perturbations)));
        return twoTrainers;
    }

    private static Command Memory()
    {
        var (vocabulary, hidden, answer) = (Vocabulary(32_000), Hidden(4096), Answer());
        var (perturbations, threads) = (Perturbations(64), Threads());
        var memory = new Command("trainer-memory", "The most memory that a trainer of a model's size holds.") { vocabulary, hidden, answer, perturbations, threads };
        memory.SetAction((parsed, _) => TrainerMemory.RunAsync(
            Output(parsed), new HeadShape(parsed.GetValue(vocabulary), parsed.GetValue(hidden)), parsed.GetValue(answer), parsed.GetValue(perturbations), parsed.GetValue(threads)));
        return memory;
    }

    private static Command Loop()
    {
        var (rounds, iterations) = (Whole("--rounds", "Rounds that count, a run of each in turns.", 9), Whole("--iterations", "Iterations of a run; all but the first count.", 20));
        var (perturbations, answer, threads) = (Perturbations(1800), Answer(), Threads());
        var blockSize = new Option<int?>("--block-size") { Description = "Perturbations in every block [default: as the configuration divides them]." };
        var bareLoop = new Command("bare-loop", "A tiny model on a one-process cluster beside a bare loop: what actors and messages cost.") { rounds, iterations, perturbations, answer, threads, blockSize };
        bareLoop.SetAction((parsed, _) => BareLoop.RunAsync(
            Output(parsed), parsed.GetValue(rounds), parsed.GetValue(iterations), parsed.GetValue(perturbations), parsed.GetValue(answer), parsed.GetValue(threads), parsed.GetValue(blockSize)));
        return bareLoop;
    }

    private static Command Simulation()
    {
        var (trainers, blocks) = (Whole("--trainers", "Simulated trainers.", 1000), Whole("--blocks", "Blocks of one perturbation each.", 100_000));
        var seconds = new Option<double>("--block-seconds") { Description = "How long a block usually takes.", DefaultValueFactory = _ => 1 };
        var simulate = new Command("simulate", "What supervisor and aggregator cost with many trainers.") { trainers, blocks, seconds };
        simulate.SetAction((parsed, _) => ManyTrainers.RunAsync(
            Output(parsed), parsed.GetValue(trainers), parsed.GetValue(blocks), TimeSpan.FromSeconds(parsed.GetValue(seconds))));
        return simulate;
    }

    private static Command ConsoleAnswers()
    {
        var rounds = Whole("--rounds", "How often each command is given.", 7);
        var console = new Command("console", "How long the console takes to answer on a local cluster, typed and one-shot.") { rounds };
        console.SetAction((parsed, _) => ConsoleTimes.RunAsync(Output(parsed), parsed.GetValue(rounds)));
        return console;
    }

    private static Command Page()
    {
        var (rounds, iterations, perturbations) = (Whole("--rounds", "Runs.", 4), Whole("--iterations", "Iterations of a run.", 20), Perturbations(1800));
        var dashboard = new Command("dashboard", "How soon the dashboard shows an iteration, and what its first page weighs.") { rounds, iterations, perturbations };
        dashboard.SetAction((parsed, _) => DashboardDelay.RunAsync(Output(parsed), parsed.GetValue(rounds), parsed.GetValue(iterations), parsed.GetValue(perturbations)));
        return dashboard;
    }

    private static Command Looks()
    {
        var (rounds, iterations) = (Whole("--rounds", "Rounds of either kind, beside the first.", 4), Whole("--iterations", "Iterations of a round.", 2));
        var who = new Option<Observer>("--who") { Description = "Who looks.", DefaultValueFactory = _ => Observer.All };
        var observers = new Command("observers", "What a node that waits takes of the processors for all that may look at it: metrics, spans and an open page.") { who, rounds, iterations };
        observers.SetAction((parsed, _) => ObserverCost.RunWaitingAsync(Output(parsed), parsed.GetValue(who), parsed.GetValue(rounds), parsed.GetValue(iterations)));
        var computing = new Command("computing", "The same of a node that computes on all of them.") { who, rounds, iterations };
        computing.SetAction((parsed, _) => ObserverCost.RunComputingAsync(Output(parsed), parsed.GetValue(who), parsed.GetValue(rounds), parsed.GetValue(iterations)));
        observers.Add(computing);
        return observers;
    }

    private static Option<int> Vocabulary(int standard) => Whole("--vocab", "The rows of the head.", standard);

    private static Option<int> Hidden(int standard) => Whole("--hidden", "The width of the head.", standard);

    private static Option<int> Answer() => Whole("--answer", "Tokens of each answer.", 128);

    private static Option<int> Threads() => Whole("--threads", "Threads to compute on.", Environment.ProcessorCount);

    private static Option<int> Perturbations(int standard) => Whole("--perturbations", "Perturbations an iteration.", standard);

    private static Option<int> Whole(string name, string description, int standard) => new(name) { Description = description, DefaultValueFactory = _ => standard };

    private static TextWriter Output(ParseResult parsed) => parsed.InvocationConfiguration.Output;
}
