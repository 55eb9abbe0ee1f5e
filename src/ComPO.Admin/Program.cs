using ComPO.Admin.Commands;
using ComPO.Admin.Output;

return (int)await CommandLine.RunAsync(args, Terminal.OfProcess());
