using System.CommandLine;
using ComPO.Benchmarks;
using ComPO.Benchmarks.Clusters;
using ComPO.Benchmarks.Micro;

var chosen = new Argument<string[]>("arguments") { Description = "What BenchmarkDotNet takes, --filter '*Noise*' for one.", DefaultValueFactory = _ => [] };
var micro = new Command("micro", "Each kernel alone.") { chosen };
micro.TreatUnmatchedTokensAsErrors = false;
micro.SetAction(parsed => ShortRuns.Run([.. parsed.GetValue(chosen)!, .. parsed.UnmatchedTokens]));

var sideBySide = new Command("side-by-side", "The authors' procedure per perturbation beside ours.");
sideBySide.SetAction(_ => SideBySide.Run(Console.Out, threads: Environment.ProcessorCount));

var twoTrainers = new Command("two-trainers", "Two trainers of one thread each against one.");
twoTrainers.SetAction((_, _) => TwoTrainers.RunAsync(Console.Out));

var iterations = new Option<int>("--iterations") { Description = "Iterations; the second half counts.", DefaultValueFactory = _ => 200 };
var perturbations = new Option<int>("--perturbations") { Description = "Perturbations an iteration.", DefaultValueFactory = _ => 1800 };
var answer = new Option<int>("--answer") { Description = "Tokens of each answer.", DefaultValueFactory = _ => 128 };
var threads = new Option<int>("--threads") { Description = "Threads to compute on.", DefaultValueFactory = _ => Environment.ProcessorCount };
var blockSize = new Option<int?>("--block-size") { Description = "Perturbations in every block [default: as the configuration divides them]." };
var bareLoop = new Command("bare-loop", "A tiny model on a one-process cluster beside a bare loop: what actors and messages cost.") { iterations, perturbations, answer, threads, blockSize };
bareLoop.SetAction((parsed, _) => BareLoop.RunAsync(Console.Out, parsed.GetValue(iterations), parsed.GetValue(perturbations), parsed.GetValue(answer), parsed.GetValue(threads), parsed.GetValue(blockSize)));

var trainers = new Option<int>("--trainers") { Description = "Simulated trainers.", DefaultValueFactory = _ => 1000 };
var blocks = new Option<int>("--blocks") { Description = "Blocks of one perturbation each.", DefaultValueFactory = _ => 100_000 };
var seconds = new Option<double>("--block-seconds") { Description = "How long a block usually takes.", DefaultValueFactory = _ => 1 };
var simulate = new Command("simulate", "What supervisor and aggregator cost with many trainers.") { trainers, blocks, seconds };
simulate.SetAction((parsed, _) => ManyTrainers.RunAsync(
    Console.Out, parsed.GetValue(trainers), parsed.GetValue(blocks), TimeSpan.FromSeconds(parsed.GetValue(seconds))));

var answers = new Option<int>("--rounds") { Description = "How often each command is given.", DefaultValueFactory = _ => 7 };
var console = new Command("console", "How long the console takes to answer on a local cluster, typed and one-shot.") { answers };
console.SetAction((parsed, _) => ConsoleTimes.RunAsync(Console.Out, parsed.GetValue(answers)));

var pageRounds = new Option<int>("--rounds") { Description = "Runs.", DefaultValueFactory = _ => 4 };
var runLength = new Option<int>("--iterations") { Description = "Iterations of a run.", DefaultValueFactory = _ => 20 };
var draws = new Option<int>("--perturbations") { Description = "Perturbations an iteration.", DefaultValueFactory = _ => 1800 };
var dashboard = new Command("dashboard", "How soon the dashboard shows an iteration, and what its first page weighs.") { pageRounds, runLength, draws };
dashboard.SetAction((parsed, _) => DashboardDelay.RunAsync(Console.Out, parsed.GetValue(pageRounds), parsed.GetValue(runLength), parsed.GetValue(draws)));

var lookRounds = new Option<int>("--rounds") { Description = "Rounds of either kind, beside the first.", DefaultValueFactory = _ => 4 };
var lookIterations = new Option<int>("--iterations") { Description = "Iterations of a round.", DefaultValueFactory = _ => 2 };
var who = new Option<Observer>("--who") { Description = "Who looks.", DefaultValueFactory = _ => Observer.All };
var observers = new Command("observers", "What a node that waits takes of the processors for all that may look at it: metrics, spans and an open page.") { who, lookRounds, lookIterations };
observers.SetAction((parsed, _) => ObserverCost.RunWaitingAsync(Console.Out, parsed.GetValue(who), parsed.GetValue(lookRounds), parsed.GetValue(lookIterations)));
var computing = new Command("computing", "The same of a node that computes on all of them.") { who, lookRounds, lookIterations };
computing.SetAction((parsed, _) => ObserverCost.RunComputingAsync(Console.Out, parsed.GetValue(who), parsed.GetValue(lookRounds), parsed.GetValue(lookIterations)));
observers.Add(computing);

return await new RootCommand("What the project costs, measured.") { micro, sideBySide, twoTrainers, bareLoop, simulate, console, dashboard, observers }.Parse(args).InvokeAsync();
