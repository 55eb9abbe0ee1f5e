using ComPO.Benchmarks;

return await BenchmarkCommands.Build().Parse(args).InvokeAsync();
