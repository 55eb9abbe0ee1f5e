using System.CommandLine;
using ComPO.Benchmarks;

var sideBySide = new Command("side-by-side", "The authors' procedure per perturbation beside ours.");
sideBySide.SetAction(_ => SideBySide.Run(Console.Out, threads: Environment.ProcessorCount));

var trainers = new Option<int>("--trainers") { Description = "Simulated trainers.", DefaultValueFactory = _ => 1000 };
var blocks = new Option<int>("--blocks") { Description = "Blocks of one perturbation each.", DefaultValueFactory = _ => 100_000 };
var seconds = new Option<double>("--block-seconds") { Description = "How long a block usually takes.", DefaultValueFactory = _ => 1 };
var simulate = new Command("simulate", "What supervisor and aggregator cost with many trainers.") { trainers, blocks, seconds };
simulate.SetAction((parsed, _) => ManyTrainers.RunAsync(
    Console.Out, parsed.GetValue(trainers), parsed.GetValue(blocks), TimeSpan.FromSeconds(parsed.GetValue(seconds))));

return await new RootCommand("What the project costs, measured.") { sideBySide, simulate }.Parse(args).InvokeAsync();
