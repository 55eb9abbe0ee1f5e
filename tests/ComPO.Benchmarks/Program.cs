using ComPO.Benchmarks;

SideBySide.Run(Console.Out, threads: Environment.ProcessorCount);
