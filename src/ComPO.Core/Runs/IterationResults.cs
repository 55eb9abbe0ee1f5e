namespace ComPO.Core.Runs;

/// <summary>How an iteration ended.</summary>
public enum IterationVerdict
{
    /// <summary>Its update was applied.</summary>
    Accepted,

    /// <summary>Its update passed the gate and was no improvement at the acceptance step.</summary>
    NotAccepted,

    /// <summary>Too few perturbations improved.</summary>
    GateRefused,
}

/// <summary>What a line of a run log says between its members. These are no members themselves, so that a line with one more is refused.</summary>
public static class IterationResults
{
    extension(IterationRecord record)
    {
        /// <summary>How it ended.</summary>
        public IterationVerdict Verdict => (record.Gate, record.Accepted) switch
        {
            (GateVerdict.Refused, _) => IterationVerdict.GateRefused,
            (_, true) => IterationVerdict.Accepted,
            _ => IterationVerdict.NotAccepted,
        };

        /// <summary>The share of the perturbations that improved; null with the exact estimator, which draws none.</summary>
        public double? ImprovedShare => (double?)record.Improved / record.Perturbations;
    }
}
