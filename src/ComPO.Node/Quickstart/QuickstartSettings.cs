using System.Globalization;
using ComPO.Core.Runs;

namespace ComPO.Node.Quickstart;

/// <summary>The settings of the quickstart's run: the defaults of <c>start</c>, for fewer iterations.</summary>
/// <param name="Seed">The seed of the sample model, the pairs and the run.</param>
internal sealed record QuickstartSettings(uint Seed)
{
    /// <summary>One pair an iteration: every training pair is used twice.</summary>
    public int Iterations { get; init; } = 80;

    /// <summary>The settings in a few words.</summary>
    public string Describe()
    {
        var run = ForRun("", "", "");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"m = {run.Perturbations}, r = {run.Radius}, density = {run.Density}, step size = {run.StepSize}, seed = {run.Seed} (all but the seed as start has them by default)");
    }

    /// <summary>The settings as the cluster takes them.</summary>
    /// <param name="model">The folder of the base model.</param>
    /// <param name="data">The file of training pairs.</param>
    /// <param name="output">The run folder.</param>
    public RunSettings ForRun(string model, string data, string output) => new()
    {
        Model = model,
        Data = data,
        Output = output,
        Iterations = Iterations,
        Seed = Seed,
    };
}
