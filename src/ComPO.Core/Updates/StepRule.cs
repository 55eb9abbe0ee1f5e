namespace ComPO.Core.Updates;

/// <summary>How far a head moves along the sparse g (ComPO, Algorithm 1): γ·p.</summary>
public static class StepRule
{
    /// <summary>γ·p for a step size γ and an improved share p.</summary>
    public static double Scale(double stepSize, double improvedShare) => stepSize * improvedShare;
}
