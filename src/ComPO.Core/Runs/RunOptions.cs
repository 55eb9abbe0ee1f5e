namespace ComPO.Core.Runs;

/// <summary>What a run's radius is measured in.</summary>
public enum RadiusUnit
{
    /// <summary>Standard deviations of one entry of the perturbation, as the authors' code has it.</summary>
    Entry,

    /// <summary>Lengths of the whole perturbation, drawn on the unit sphere of V·d dimensions, as the paper has it.</summary>
    Sphere,
}

/// <summary>How the direction of an update is found.</summary>
public enum Estimator
{
    /// <summary>From the outcomes of random perturbations.</summary>
    Sampled,

    /// <summary>The limit of infinitely many perturbations, from the closed form; nothing is drawn.</summary>
    Exact,
}
